"""Were two organisations asked for help by the same person? Found out without naming anybody."""
