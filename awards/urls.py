from django.urls import path

from awards.views import assigning, award, certificates, decisions, offline, release, reviews

urlpatterns = [
    path("reviews/", reviews.my_reviews, name="reviews"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/read/", offline.review_read, name="review_read"),
    path("reviews/<int:pk>/download/", offline.review_packs, name="review_packs"),
    path("reviews/<int:pk>/download/<slug:kind>/", offline.review_pack, name="review_pack"),
    path("reviews/<int:pk>/complete/", reviews.complete, name="review_complete"),
    path("reviews/<int:pk>/decline/", reviews.decline, name="review_decline"),
    path("reviews/<int:pk>/take-back/", assigning.take_back, name="review_take_back"),
    path("rounds/<slug:slug>/reviews/", assigning.round_reviews, name="round_reviews"),
    path("rounds/<slug:slug>/reviews/<int:pk>/", assigning.assign, name="assign_reviewers"),
    path("rounds/<slug:slug>/reviews/<int:pk>/conflict/", assigning.conflict, name="declare_conflict"),
    path("rounds/<slug:slug>/decisions/", decisions.round_decisions, name="round_decisions"),
    path("rounds/<slug:slug>/decisions/several/", decisions.several, name="decide_several"),
    path("rounds/<slug:slug>/decisions/<int:pk>/", decisions.decide, name="decide"),
    path("rounds/<slug:slug>/decisions/<int:pk>/undo/", decisions.undo, name="undo_decision"),
    path("rounds/<slug:slug>/decisions/<int:pk>/appeal/", decisions.appeal, name="uphold_appeal"),
    path("rounds/<slug:slug>/release/", release.round_release, name="round_release"),
    path("submissions/<int:pk>/award/", award.award, name="award"),
    path("certificates/", certificates.certificate_check, name="certificate_check"),
    path("certificates/<str:number>/", certificates.certificate, name="certificate"),
    path("certificates/<str:number>/revoke/", certificates.revoke, name="certificate_revoke"),
    path("certificates/<str:number>/reissue/", certificates.reissue, name="certificate_reissue"),
]
