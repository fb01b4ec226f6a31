### What customers of Tidemark Mobile read in English. docs/notification.md explains every variable.
###
### The body of a message is what stands in the inbox and in e-mails, `.title` is its headline, and `.text`
### says both in a text message.

## Names

offering-name =
    { $offering ->
        [booster-1gb] Booster
        [eu-roaming-pass] EU Roaming Pass
        [family-postpaid] Family
        [family-plus] Family Plus
        [fun-pack] Fun Pack
        [gaming-pass] Gaming Pass
        [mobile-postpaid] Mobile
        [music-pass] Music Pass
        [music-unlimited] Music Unlimited
        [night-owl] Night Owl
        [prepaid-data] Prepaid Data
        [prepaid-starter] Prepaid Starter
        [social-pass] Social Pass
        [stadium-day-pass] Stadium Day Pass
        [unlimited-trial] Unlimited
        [video-pass] Video Pass
        [video-premium] Video Premium
        [weekly-pass] Weekly Pass
        [world-day-pass] World Day Pass
        [none] Your plan
       *[other] { $offering }
    }
counter-name =
    { $counter ->
        [roaming-data-cap] data outside the EU
        [premium-calls] premium-rate calls
       *[other] extra charges
    }
# What is left of an allowance, whatever it counts.
left-words =
    { $left_unit ->
        [events] { $left_count ->
            [one] 1 message
           *[other] { $left_count } messages
        }
       *[other] { $left }
    }

## Balance

balance-low =
    Your balance is down to { $balance }. Top up when it suits you, and calls and data go on without a break.
    .title = { $balance } left
    .text = Your balance is down to { $balance }. Top up to stay connected.
balance-empty =
    Your balance is used up ({ $balance }). Top up now to go on calling and surfing; emergency calls always work.
    .title = Your balance is used up
    .text = Your balance is used up ({ $balance }). Top up to go on. Emergency calls always work.
topped-up =
    We have received { $amount }. Your balance is now { $balance }. Thank you!
    .title = { $amount } received
    .text = Thank you! We have received { $amount }. Your balance is now { $balance }.
balance-expires =
    { $amount } of your balance will expire on { DATETIME($expires_at, dateStyle: "full", timeStyle: "short") }. Top up before then to keep it.
    .title = { $amount } will expire soon
    .text = { $amount } of your balance will expire on { $expires_at }. Top up before then to keep it.

## Allowances

allowance-half =
    Half of { $allowance } is used: { left-words } of { $given } left.
    .title = Half of { $allowance } used
    .text = Half of { $allowance } is used: { left-words } left.
allowance-low =
    { $shared ->
        [yes] Together you have used { $percent } of { $allowance }.
       *[no] You have used { $percent } of { $allowance }.
    } There { $left_count ->
        [one] is
       *[other] are
    } { left-words } left.
    .title = { $percent } of { $allowance } used
    .text = { $percent } of { $allowance } used, { left-words } left.
allowance-used-up =
    { $allowance } is used up. What you use from now on is charged to your balance; a pass costs less.
    .title = { $allowance } is used up
    .text = { $allowance } is used up. From now on usage is charged to your balance.
allowance-expires =
    { left-words } of { $allowance } will expire on { DATETIME($expires_at, dateStyle: "full", timeStyle: "short") }. Enjoy them while they last!
    .title = { $allowance }: { $hours ->
        [one] one more hour
        [24] one more day
        [72] three more days
       *[other] { $hours } more hours
    }
    .text = { left-words } of { $allowance } will expire on { $expires_at }.

## Limits

roaming-mark =
    Your { counter-name } { $percent ->
        [none] is close to its limit.
       *[other] has reached { $percent } of its limit.
    } When the limit is reached we stop it, so that no bill surprises you. You can lift the limit in the app.
    .title = Roaming: { $percent ->
        [none] close to the limit
       *[other] { $percent } of the limit
    }
    .text = { $percent ->
        [none] Your { counter-name } is close to its limit.
       *[other] { $percent } of your limit for { counter-name } is used.
    } At the limit we stop it. You can lift it in the app.
spend-mark =
    You have passed a mark that watches your { counter-name }{ $percent ->
        [none] .
       *[other] : { $percent } of the limit.
    }
    .title = An eye on your { counter-name }
    .text = You have passed a mark for { counter-name }{ $percent ->
        [none] .
       *[other] : { $percent } of the limit.
    }
spend-cap =
    Your limit for { counter-name } is reached. We have stopped it so that nothing more is charged. You can lift the limit in the app or by calling us.
    .title = Limit reached: { counter-name }
    .text = Your limit for { counter-name } is reached and we have stopped it. Nothing more is charged. You can lift the limit in the app.
unusual-usage =
    { $factor ->
        [0] Today you have spent { $spent }, more than usual.
       *[other] { $usual ->
            [zero] Today you have spent { $spent }, where other days cost nothing.
           *[other] Today you have spent { $spent }, more than { $factor } times your usual { $usual }.
        }
    } If that was not you, tell us: we will look into it at once.
    .title = Was that you? { $spent } today
    .text = You have spent { $spent } today, far more than usual. Not you? Please call us.
unusual-usage-watch =
    On { DAY($day) } a subscriber spent { $spent }; usual are { $usual }.
    .title = Unusual usage: { $spent }
    .text = Unusual usage: { $spent } on { $day }, usual are { $usual }.

## Connections

out-of-credit =
    Your balance did not reach for what you just wanted to use. Top up or choose a pass, and it works again at once.
    .title = Not enough balance
    .text = Your balance did not reach for what you just wanted to use. Top up or choose a pass.
service-refused =
    { $result ->
        [END_USER_SERVICE_DENIED] Your plan does not include the service that you just wanted to use. Ask us in the app what would.
       *[other] A service that you wanted to use could not be started. Please try again; if it stays so, write to us in the app.
    }
    .title = { $result ->
        [END_USER_SERVICE_DENIED] Not part of your plan
       *[other] A service did not start
    }
    .text = { $result ->
        [END_USER_SERVICE_DENIED] Your plan does not include the service that you just wanted to use.
       *[other] A service could not be started. Please try again, or write to us in the app.
    }

## Plans and bills

plan-changed =
    { $change ->
        [started] { offering-name } is yours now.
        [renewed] { offering-name } has been renewed.
        [trial-ended] The trial of { offering-name } is over; it goes on at its regular price.
        [resumed] { offering-name } works again.
        [moved] { offering-name } is your plan from now on.
        [cancelled] { offering-name } is cancelled, as you asked.
       *[other] { offering-name } has changed.
    }{ $until ->
        [none] { "" }
       *[other] { " " }It runs until { DATETIME($until, dateStyle: "long") }.
    }
    .title = { $change ->
        [started] Welcome to { offering-name }
        [renewed] { offering-name } renewed
        [trial-ended] Trial over: { offering-name }
        [resumed] { offering-name } is back
        [cancelled] { offering-name } cancelled
       *[other] Your plan has changed
    }
    .text = { $change ->
        [started] { offering-name } is yours now
        [renewed] { offering-name } has been renewed
        [trial-ended] The trial of { offering-name } is over, it goes on at its regular price
        [resumed] { offering-name } works again
        [cancelled] { offering-name } is cancelled, as you asked
       *[other] { offering-name } has changed
    }{ $until ->
        [none] .
       *[other] , until { DATETIME($until, dateStyle: "long") }.
    }
plan-stopped =
    { $change ->
        [suspended] We could not renew { offering-name }: the balance was too low. Top up, and it goes on by itself.
       *[other] { offering-name } has ended. If you miss it, you will find it in the app.
    }
    .title = { $change ->
        [suspended] { offering-name } is paused
       *[other] { offering-name } has ended
    }
    .text = { $change ->
        [suspended] { offering-name } could not be renewed, the balance was too low. Top up, and it goes on.
       *[other] { offering-name } has ended.
    }
bill-ready =
    Your bill for { MONTH($month) } is ready: { $total } for { $charges ->
        [0] nothing at all
        [one] one charge
       *[other] { $charges } charges
    }. Every line is explained in the app.
    .title = Your bill for { MONTH($month) }: { $total }
    .text = Your bill for { MONTH($month) } is ready: { $total }. See every line in the app.

## Offers

offer =
    { $reason ->
        [none] { "" }
       *[other] { $reason }{ " " }
    }{ $name } { $price ->
        [none] is waiting for you.
        [zero] is yours for free.
       *[other] is yours for { $price }.
    }{ $expires_at ->
        [none] { "" }
       *[other] { " " }It can be had until { $expires_at }.
    }
    .title = For you: { $name }
    .text = { $name }{ $price ->
        [none] { "" }
        [zero] { " " }for free
       *[other] { " " }for { $price }
    }{ $expires_at ->
        [none] .
       *[other] , until { $expires_at }.
    } See the app for more.

## Care

case-answered =
    { $agent ->
        [none] We have answered
       *[other] { $agent } has answered
    }: “{ $text }”{ $resolved ->
        [yes] { " " }That closes your case. Were you satisfied? Tell us in the app.
       *[no] { " " }You can reply in the app.
    }
    .title = { $resolved ->
        [yes] Your case is solved
       *[no] An answer for you
    }
    .text = { $agent ->
        [none] We have answered you
       *[other] { $agent } has answered you
    }: { $text } Read it all in the app.
case-urgent =
    Urgent case { $case_id } about { $topic }: { $summary }
    .title = Urgent: { $topic }
    .text = Urgent case { $case_id } about { $topic }: { $summary }
case-opened =
    Case { $case_id } about { $topic }, priority { $priority }: { $summary }
    .title = New case: { $topic }
    .text = New case { $case_id } about { $topic }, priority { $priority }.

## Partners

settlement-closed =
    { $revision ->
        [1] Your statement for { MONTH($period) } is final.
       *[other] Your statement for { MONTH($period) } has been corrected (revision { $revision }).
    } { $parked ->
        [yes] The amount is small and is carried over to the next statement.
       *[no] { $payables ->
            [none] There is nothing to pay.
           *[other] To be paid: { $payables }.
        }
    }
    .title = Statement for { MONTH($period) }
    .text = Your statement for { MONTH($period) } is ready{ $payable ->
        [none] .
       *[other] : { $payable }.
    }
