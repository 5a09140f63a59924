from django.urls import path

from messaging.views import announcements, conversations, mail, mail_suppressed, mail_texts

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
    path("mail/resend/", mail.mail_resend_several, name="mail_resend_several"),
    path("mail/suppressed/", mail_suppressed.mail_suppressed, name="mail_suppressed"),
    path("mail/suppressed/<int:pk>/lift/", mail_suppressed.mail_suppressed_lift, name="mail_suppressed_lift"),
    path("mail/own-address/", mail_suppressed.own_address_again, name="own_address_again"),
    path("mail/texts/", mail_texts.mail_texts, name="mail_texts"),
    path("mail/texts/<slug:slug>/", mail_texts.mail_text, name="mail_text"),
    path("mail/texts/<slug:slug>/earlier/", mail_texts.mail_text_earlier, name="mail_text_earlier"),
    path("mail/texts/<slug:slug>/shipped/", mail_texts.mail_text_shipped, name="mail_text_shipped"),
]
