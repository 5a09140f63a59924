from django.urls import path

from messaging.views import conversations, mail

urlpatterns = [
    path("messages/", conversations.conversations, name="messages"),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:pk>/", mail.mail_one, name="mail_one"),
    path("mail/<int:pk>/resend/", mail.mail_resend, name="mail_resend"),
]
