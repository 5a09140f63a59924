from rules.permissions import add_perm

from accounts.rules import is_hq_admin

add_perm("messaging.see_mail", is_hq_admin)
add_perm("messaging.edit_texts", is_hq_admin)
