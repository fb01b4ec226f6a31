# What the assistant says by itself; what tools say stands with them. The same messages stand in every language.

## Small talk
greeting = Hello! What can I do for you?
how-are-you = I am fine, thank you. What can I do for you?
who-are-you = I am the assistant of your mobile operator: a program, not a person. Whenever you want a person, just say so.
help = I can tell you what you have left, explain what you were charged, show offers, top up, book add-ons, change your plan, suspend your line, and set roaming, limits and messages. Or I hand you over to a colleague.
thanks = You are welcome!
goodbye = Goodbye, and have a nice day!
abuse = I can tell that you are angry. I would like to help: what is it about? I can also hand you over to a colleague.
out-of-scope = I am afraid I know nothing about that. I can help with your balance, charges, offers and everything else around your line.
out-of-scope-again = I cannot help with that either. Shall I hand you over to a colleague?

## Asking
ask-back = I am not sure that I got that. Do you mean “{ $first }” or “{ $second }”?
ask-back-one = I am not sure that I got that. Do you mean “{ $first }”?
not-understood = I did not get that. Can you say it in other words?
ask-amount = How much shall it be?
ask-offering = Which one would you like?
ask-plan = Which plan would you like?
ask-offer = Which of the offers do you mean?
ask-cap = What shall the limit be? You can also say “no limit”.
ask-hours = From when until when shall I keep quiet? For example: 22:00 - 07:00.
ask-language = Which language would you like: German or English?
yes-or-no = Shall I do that: yes or no?
dropped = All right, I leave it. Nothing was changed.
as-you-like = All right. Is there anything else?
nothing-asked = I have not asked you anything just now. What can I do for you?
proposal-over = That proposal does not stand any more. Please tell me again what you would like.
does-not-fit = That does not fit what I can do. Please say it in another way, such as “20 EUR” or “yesterday”.

## Where no tool helps
complaint = I am sorry that you are not satisfied. Shall I hand you over to a colleague who takes care of it?
outage = I am sorry. It often helps to switch flight mode on and off once, or to start the phone again. If it still does not work: shall I hand you over to a colleague who looks at the network?
roaming-cost = What it costs depends on the country and your plan; I cannot quote prices for single countries. Within the EU you use your plan as at home. Shall I hand you over to a colleague for the price?

## People
over-dispute = I hand that over to a colleague, who looks at the charge and answers you here. The case is { $case }.
over-fraud = That must be looked at by a person at once. A colleague takes over and answers you here; the case is { $case }. If your phone or SIM is in other hands, say “block my line” to them.
over-vulnerable = I am sorry to hear that. A colleague takes care of it personally and answers you here. The case is { $case }. If you are in danger, please call 112.
over-human-wanted = Gladly: a colleague takes over and answers you here. The case is { $case }.
over-not-understood = I am sorry, I do not get it. A colleague takes over and answers you here. The case is { $case }.
over-abuse = I leave this to a colleague, who answers you here. The case is { $case }.
over-complaint = A colleague takes care of it and answers you here. The case is { $case }.
over-fault = A colleague looks at the network and answers you here. The case is { $case }.
over-roaming-cost = A colleague tells you the price here. The case is { $case }.
over-other = A colleague answers you here. The case is { $case }.
over-contract = A colleague looks at it and answers you here. The case is { $case }.
person-will-answer = A colleague will answer you here; I have passed that on.
summary-dispute = The customer disputes a charge: { $quotes }
summary-fraud = The customer suspects fraud: { $quotes }
summary-vulnerable = The customer needs particular care: { $quotes }
summary-human-wanted = The customer wants a person: { $quotes }
summary-not-understood = The assistant did not understand: { $quotes }
summary-abuse = The customer is abusive: { $quotes }
summary-complaint = The customer complains: { $quotes }
summary-fault = The customer reports a fault: { $quotes }
summary-roaming-cost = The customer asks for roaming prices: { $quotes }
summary-other = The customer wants something that the assistant does not know: { $quotes }
summary-contract = The customer wants something that the assistant may not do: { $quotes }
quote = “{ $text }”
summary-finding = The assistant found: { $finding }

## How it was
score-ask = Your case is closed. How was it, from 1 (bad) to 5 (very good)?
score-thanks = Thank you, that helps us to get better.

## What customers would say
label-balance = My balance
label-allowance-left = What is left of my data
label-usage = My usage
label-explain-charge = Why was I charged?
label-bill = My bill
label-my-plan = My plan
label-top-up = Top up
label-offers = Offers for me
label-accept-offer = Accept the offer
label-decline-offer = I do not want the offer
label-buy-add-on = Book an add-on
label-change-plan = Change my plan
label-suspend-line = Suspend my line
label-resume-line = Resume my line
label-roaming-on = Switch roaming on
label-roaming-off = Switch roaming off
label-roaming-cost = What roaming costs
label-spend-cap = Limit my spending
label-quiet-hours = Set quiet hours
label-stop-marketing = No more advertising
label-language = Change the language
label-notifications = My messages
label-dispute = Dispute a charge
label-fraud = Report fraud
label-human = Talk to a person
label-complaint = Make a complaint
label-outage = Report a network fault
label-vulnerable = I need particular help
label-yes = Yes
label-no = No
