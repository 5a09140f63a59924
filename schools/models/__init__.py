from schools.models.register import RegisterFilter, RegisterImport, RegisterRow
from schools.models.schools import School, SchoolMembership, SchoolWord

__all__ = ["RegisterFilter", "RegisterImport", "RegisterRow", "School", "SchoolMembership", "SchoolWord"]
