"""What the benchmark's events are called and which stage they evidence. No code."""

#: Event names by falling popularity: weight 1 / rank ** 1.1.
EVENTS = [
    *("page_view", "email_open", "product_view", "email_click", "search", "login", "add_to_cart", "heartbeat"),
    *("price_view", "email_sent", "signup_start", "article_read", "checkout_start", "signup_complete", "form_submit"),
    *("purchase", "support_view", "video_play", "call_logged", "demo_request", "cart_view", "email_bounce"),
    *("invoice_paid", "feature_use", "ticket_open", "wishlist_add", "review_post", "meeting_booked", "trial_start"),
    *("onboarding_step", "refund_request", "email_unsub", "referral_sent", "contract_sent", "ticket_close"),
    *("plan_upgrade", "coupon_apply", "renewal", "cancel_request", "nps_reply"),
]

EMAIL = {name for name in EVENTS if name.startswith("email_")} | {"nps_reply"}
CRM = {
    *("call_logged", "meeting_booked", "contract_sent", "invoice_paid", "ticket_open", "ticket_close", "renewal"),
    *("plan_upgrade", "refund_request", "cancel_request"),
}
CHANNELS = ["web", "email", "crm", "mobile", "ads"]

#: Stage -> events that evidence it, in the order of the stages; the last is the goal. The others evidence nothing.
STAGES = {
    "Awareness": ["page_view", "article_read", "video_play"],
    "Consideration": ["email_open", "email_click", "search", "product_view", "wishlist_add"],
    "Evaluation": ["price_view", "demo_request", "call_logged", "meeting_booked", "form_submit", "contract_sent"],
    "Sign-up": ["signup_start", "signup_complete", "trial_start"],
    "Onboarding": ["onboarding_step", "feature_use", "login"],
    "Purchase": ["add_to_cart", "cart_view", "checkout_start", "purchase", "invoice_paid", "coupon_apply"],
    "Support": ["ticket_open", "ticket_close", "support_view", "refund_request", "cancel_request"],
    "Retention": ["renewal", "plan_upgrade", "review_post", "referral_sent", "nps_reply"],
}
