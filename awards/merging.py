"""What happens to awards when two records of one school become one."""

from schools.domain.merging import Relation, relations

relations["awards.Award.school"] = Relation("award")
