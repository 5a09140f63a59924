from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "psqm_portal.demo"
    label = "demo"
    verbose_name = "The demonstration"
