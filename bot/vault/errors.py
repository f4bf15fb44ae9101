"""Why stored fields can't be read. Messages name files, contexts and ids, nothing else.

VaultError
├── KeyRingMissing
├── KeyRingUnsafe      mode or owner lets others read it
├── KeyRingBroken      damaged, or the two files don't belong together
├── KeyRingExists      create refuses to overwrite
├── Tampered           stored bytes don't fit the key, the person or the context
└── Erased             the person's key was deleted on purpose
    └── NoKey          no key was ever kept here for this person
"""


class VaultError(Exception):
    """Says what happened, what it means for the people being watched, and what to do."""


class KeyRingMissing(VaultError):
    pass


class KeyRingUnsafe(VaultError):
    pass


class KeyRingBroken(VaultError):
    pass


class KeyRingExists(VaultError):
    pass


class Tampered(VaultError):
    pass


class Erased(VaultError):
    pass


class NoKey(Erased):
    pass
