from django.urls import path

from messaging.views import announcements, conversations, mail

urlpatterns = [
    path("messages/", conversations.conversations, name="messages"),
    path("messages/notices/", conversations.notices_choice, name="message_notices"),
    path("messages/talks/<int:pk>/new/", conversations.conversation_new, name="conversation_new"),
    path("messages/<int:pk>/change/", conversations.message_change, name="message_change"),
    path("messages/<int:pk>/delete/", conversations.message_delete, name="message_delete"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("announcements/new/", announcements.announcement_new, name="announcement_new"),
    path("announcements/<int:pk>/", announcements.announcement, name="announcement"),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:pk>/", mail.mail_one, name="mail_one"),
    path("mail/<int:pk>/resend/", mail.mail_resend, name="mail_resend"),
]
