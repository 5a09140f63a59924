from django.urls import path

from payments.views import earnings, invoices, settings

urlpatterns = [
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/list.csv", invoices.invoices_csv, name="invoices_csv"),
    path("invoices/<int:pk>/", invoices.invoice, name="invoice"),
    path("invoices/<int:pk>/issue/", invoices.issue, name="invoice_issue"),
    path("invoices/<int:pk>/order-number/", invoices.order_number, name="invoice_order_number"),
    path("invoices/<int:pk>/payment/", invoices.payment, name="invoice_payment"),
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/owed.csv", earnings.earnings_owed, name="earnings_owed"),
    path("earnings/<int:pk>/", earnings.earnings_of, name="earnings_of"),
    path("rounds/<slug:slug>/fees/", settings.round_fees, name="round_fees"),
    path("rounds/<slug:slug>/fees/issue/", settings.issue_held_back, name="issue_held_back"),
    path("rounds/<slug:slug>/earnings/", settings.round_earnings, name="round_earnings"),
]
