"""Enrolment: from a code to somebody who can check in, call people, and has tried both once."""
