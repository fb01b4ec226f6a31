# What the assistant's tools say. The same messages stand in every language.

moment = { $day } at { $time }
as-it-is = { $text }

## Who, and what there is
customer-has = You have { $offerings }.
customer-nothing = You have no plan at the moment.
line-is-suspended = Your line is suspended.
balance-money = You have { $money }.
balance-allowances = There is left: { $allowances }.
allowance = { $left } of “{ $name }”
allowance-until = { $left } of “{ $name }” (until { $until })
bill-running = { $month } comes to { $total } so far.
bill-closed = { $month } came to { $total }.
bills-none = Nothing has been billed yet.
usage-none = { $days ->
    [one] You have used nothing today.
   *[other] You have used nothing in the last { $days } days.
}
usage-found = { $days ->
    [one] Today you have used { $usage }. That cost { $cost }.
   *[other] In the last { $days } days you have used { $usage }. That cost { $cost }.
}
usage-line = { $used } of { $name }
notifications-found = { $count ->
    [0] There are no further messages.
    [one] There is one message; { $unread } unread in all.
   *[other] There are { $count } messages; { $unread } unread in all.
}
notifications-newest = The newest: { $titles }.

## Why a charge is what it is
charged-usage = On { $at } you were charged { $amount } for { $service } ({ $used }), by the price “{ $price }” of { $offering }.
charged-usage-abroad = On { $at } you were charged { $amount } for { $service } ({ $used }) in the zone “{ $where }”, by the price “{ $price }” of { $offering }.
charged-usage-nothing = On { $at } you used { $service } ({ $used }). It cost nothing: price “{ $price }” of { $offering }.
charged-usage-nothing-abroad = On { $at } you used { $service } ({ $used }) in the zone “{ $where }”. It cost nothing: price “{ $price }” of { $offering }.
charged-fee = On { $at } you were charged { $amount } for { $offering }: “{ $fee }”.
charged-fee-back = On { $at } you got { $amount } back for { $offering }: “{ $fee }”.
charged-refund = On { $at } you were given { $amount } back.
charged-correction = On { $at } an earlier charge was corrected: { $amount } were charged in addition.
charged-correction-back = On { $at } an earlier charge was corrected: you got { $amount } back.
charges-of-day = { $count ->
    [one] There was one charge on { $day }.
   *[other] There were { $count } charges on { $day }, { $total } in all. This is the largest:
}
step-allowance = { $units } of it came out of an allowance.
step-price = { $units } cost { $amount }.
step-minimum = The price has a minimum; with it the charge is { $amount }.
step-maximum = The price has a maximum; with it the charge is { $amount }.
step-tax = { $amount } of it is tax.
changed-back = { $amount } of it has been given back since.
changed-more = { $amount } was added by a correction since.

## Offers
offers-none = There is no offer for you right now.
offers-found = { $count ->
    [one] There is an offer for you: { $offers }.
   *[other] There are { $count } offers for you: { $offers }.
}
offer-priced = { $name } for { $price }
offer-free = { $name } at no charge
propose-offer = Shall I accept “{ $name }” for you? It costs { $price } now.
propose-offer-free = Shall I accept “{ $name }” for you? It costs nothing now.
declined = All right. You will not see that offer before { $until }.

## Buying
price = { $price } now
price-at-most = { $price } now at most (a running period is paid in part)
price-trial = nothing for the first { $days } days
price-trial-and-once = { $price } now, and no further fee for the first { $days } days
price-then = { $first }, then { $later }
each-months = { $months ->
    [one] { $price } a month
   *[other] { $price } every { $months } months
}
each-days = { $days ->
    [one] { $price } a day
   *[other] { $price } every { $days } days
}
propose-add-on = Shall I buy “{ $name }” for you? It costs { $price }.
propose-plan = Shall I put you on the plan “{ $name }”? It costs { $price }.
propose-plan-change = Shall I change your plan from { $old } to “{ $name }”? It costs { $price }.
propose-plan-ends = { $old } would end at once: what is left of its allowances is lost, and nothing is paid back.
bought = Done: you have “{ $name }” now. You were charged { $amount }.
bought-free = Done: you have “{ $name }” now. You were charged nothing.
old-plan-stays = { $old } could not be ended; please have a colleague look at it.

## Line, roaming, limits
propose-suspend = Shall I suspend your line? Nothing can be used until you resume it; monthly fees go on.
suspended = Your line is suspended. Tell me when it shall work again.
resumed = Your line works again.
line-works = Your line works.
propose-roaming-off = Shall I switch roaming off? That stops { $counters }. Usage abroad that has no such limit goes on.
propose-roaming-on = Shall I switch roaming on? Then these limits hold again: { $caps }.
roaming-off = Roaming is off: nothing more is allowed of { $counters }.
roaming-on = Roaming is on: the usual limits hold for { $counters }.
counter = “{ $name }” ({ $code })
usual-money = “{ $counter }” up to { $cap }
usual-units = “{ $counter }” up to { $cap } units
usual-none = “{ $counter }” without a limit
period-day = a day
period-week = a week
period-month = a month
propose-cap = Shall I limit “{ $counter }” to { $cap } { $period }?
propose-no-cap = Shall I lift the limit of “{ $counter }”? There would be no stop then, whatever it costs.
propose-usual-cap = Shall I put the usual limit back: { $cap }?
cap-set = “{ $counter }” is limited to { $cap } { $period } now.
cap-lifted = “{ $counter }” has no limit any more.

## Paying, wishes, people
top-up-link = You can pay { $amount } here: { $link }
preferences-set = I have changed that.
preferences-kept = That is how it is already.
quiet-hours = Messages wait between { $begin } and { $end }, unless they are urgent.
quiet-hours-none = There are no quiet hours of your own.
marketing-yes = You get offers as messages.
marketing-no = You get no offers as messages.
case-opened = I have opened a case: { $case }. A colleague will look at it and answer you here.
transferred = A colleague takes over and answers you here. The case is { $case }.

## Why not
refusal-already-subscribed = You have that already.
refusal-already-suspended = Your line is suspended already.
refusal-amount-invalid = I need an amount in { $currency }, such as 20.00.
refusal-balance-insufficient = There is not enough money in your account for that. You can top up first.
refusal-barred-by-operator = Your line was barred by us, not by you. A colleague must look at it; shall I hand you over?
refusal-budget-spent = That offer is taken: there are no more of it.
refusal-case-differs = There is a case with that number already, about something else.
refusal-case-invalid = A case needs a topic in one word and a summary of at most 1,000 characters.
refusal-charge-not-found = I find no such charge among your recent ones.
refusal-charge-unknown = I know no such charge of yours.
refusal-choice-invalid = You can choose parts of that, and this choice does not fit.
refusal-confirmation-differs = You have said yes to something else. Please ask again for what you want.
refusal-confirmation-expired = That was more than ten minutes ago. Please ask again, then I tell you the price as it is now.
refusal-confirmation-unknown = I do not know what you say yes to. Please ask again.
refusal-consent-withdrawn = That offer needed your consent, which you have withdrawn since.
refusal-counter-missing = Which limit do you mean: { $counters }?
refusal-counter-unknown = You have no such limit that could be changed.
refusal-days-invalid = I can look back 1 to { $most } days.
refusal-decision-unknown = I know no such offer for you.
refusal-limit-invalid = I can show 1 to { $most } at a time.
refusal-money-missing = That costs { $price }, and your account has { $available } to spend: { $missing } are missing. You can top up first.
refusal-no-offers-here = There are no offers here at the moment.
refusal-no-payment-page = Topping up does not work here. Please use the usual ways to pay.
refusal-not-explained = The price list of that charge is not at hand any more. A colleague can explain it; shall I hand you over?
refusal-not-for-sale = “{ $name }” cannot be bought here. A colleague can help; shall I hand you over?
refusal-not-liftable = That limit is fixed.
refusal-not-possible = That is not possible at the moment ({ $reason }).
refusal-not-subscribed = You do not have that.
refusal-offer-declined = You have declined that offer.
refusal-offer-expired = That offer has expired or is not what it was. Ask me for offers again.
refusal-offering-unknown = There is nothing of that name to be had.
refusal-payment-differs = “{ $name }” is paid in another way than your plan. A colleague must do that; shall I hand you over?
refusal-preferences-invalid = I cannot set that. Quiet hours need a beginning and an end, such as 22:00 and 07:00.
refusal-question-invalid = I did not get which charge you mean. Name a day, such as 2026-11-27, or an amount, such as 4.99.
refusal-roaming-already-off = Roaming is off already.
refusal-roaming-already-on = Roaming is on already.
refusal-roaming-not-limited = There is no limit on your roaming that I could change. A colleague can help; shall I hand you over?
refusal-still-working = I have begun, and have no answer yet. It will be done once; ask again in a moment.
refusal-subscriber-barred = Your line is suspended. It must be resumed first.
refusal-subscriber-unknown = I do not know that customer.
refusal-try-later = That does not work right now. Please try again in a moment.
