import rules

from accounts.rules import is_hq_admin

rules.add_perm("messaging.see_mail", is_hq_admin)
