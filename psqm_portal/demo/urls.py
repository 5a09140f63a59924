from django.urls import path

from psqm_portal.demo import views

urlpatterns = [
    path("demo/sign-in/", views.sign_in, name="demo_sign_in"),
    path("demo/mail/", views.mails, name="demo_mails"),
    path("demo/mail/<int:pk>/", views.mail, name="demo_mail"),
    path("demo/mail/<int:pk>/html/", views.mail_html, name="demo_mail_html"),
]
