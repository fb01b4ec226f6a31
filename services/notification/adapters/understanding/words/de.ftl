# Was der Assistent von sich aus sagt; was Werkzeuge sagen, steht bei ihnen. In jeder Sprache dieselben Sätze.

## Small talk
greeting = Hallo! Was kann ich für Sie tun?
how-are-you = Danke, mir geht es gut. Was kann ich für Sie tun?
who-are-you = Ich bin der Assistent Ihres Mobilfunkanbieters: ein Programm, kein Mensch. Wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es einfach.
help = Ich kann Ihnen sagen, was Sie noch übrig haben, Abbuchungen erklären, Angebote zeigen, aufladen, Optionen buchen, den Tarif wechseln, Ihren Anschluss sperren und Roaming, Limits und Nachrichten einstellen. Oder ich übergebe an eine Kollegin oder einen Kollegen.
thanks = Sehr gern!
goodbye = Auf Wiedersehen und einen schönen Tag noch!
abuse = Ich merke, dass Sie verärgert sind. Ich möchte gern helfen: Worum geht es? Ich kann Sie auch an einen Kollegen übergeben.
out-of-scope = Damit kenne ich mich leider nicht aus. Ich helfe gern bei Guthaben, Abbuchungen, Angeboten und allem rund um Ihren Anschluss.
out-of-scope-again = Auch dabei kann ich leider nicht helfen. Soll ich Sie an einen Kollegen übergeben?

## Asking
ask-back = Ich bin nicht sicher, ob ich Sie richtig verstehe. Meinen Sie „{ $first }“ oder „{ $second }“?
ask-back-one = Ich bin nicht sicher, ob ich Sie richtig verstehe. Meinen Sie „{ $first }“?
not-understood = Das habe ich nicht verstanden. Können Sie es anders sagen?
ask-amount = Wie viel soll es sein?
ask-offering = Was davon möchten Sie?
ask-plan = Welchen Tarif möchten Sie?
ask-offer = Welches der Angebote meinen Sie?
ask-cap = Wie hoch soll das Limit sein? Sie können auch „kein Limit“ sagen.
ask-hours = Von wann bis wann soll Ruhe sein? Zum Beispiel: 22:00 - 07:00.
ask-language = Welche Sprache möchten Sie: Deutsch oder Englisch?
yes-or-no = Soll ich das machen: ja oder nein?
dropped = Gut, ich lasse es. Es wurde nichts geändert.
as-you-like = Gut. Kann ich sonst noch etwas tun?
nothing-asked = Ich habe Sie gerade nichts gefragt. Was kann ich für Sie tun?
proposal-over = Dieser Vorschlag gilt nicht mehr. Sagen Sie mir bitte noch einmal, was Sie möchten.
does-not-fit = Das passt nicht zu dem, was ich kann. Sagen Sie es bitte anders, etwa „20 EUR“ oder „gestern“.

## Where no tool helps
complaint = Es tut mir leid, dass Sie unzufrieden sind. Soll ich Sie an einen Kollegen übergeben, der sich darum kümmert?
outage = Das tut mir leid. Oft hilft es, den Flugmodus einmal ein- und auszuschalten oder das Telefon neu zu starten. Wenn es dann immer noch nicht geht: Soll ich Sie an einen Kollegen übergeben, der sich das Netz ansieht?
roaming-cost = Das hängt vom Land und von Ihrem Tarif ab; Preise einzelner Länder kann ich nicht nennen. In der EU nutzen Sie Ihren Tarif wie zu Hause. Soll ich Sie wegen des Preises an einen Kollegen übergeben?

## People
over-dispute = Ich übergebe das an einen Kollegen, der sich die Abbuchung ansieht und Ihnen hier antwortet. Der Vorgang ist { $case }.
over-fraud = Das muss sich sofort ein Mensch ansehen. Ein Kollege übernimmt und antwortet Ihnen hier; der Vorgang ist { $case }. Falls Ihr Telefon oder Ihre SIM in fremden Händen ist, sagen Sie ihm: „Anschluss sperren“.
over-vulnerable = Das tut mir sehr leid. Ein Kollege kümmert sich persönlich darum und antwortet Ihnen hier. Der Vorgang ist { $case }. Wenn Sie in Gefahr sind, rufen Sie bitte 112.
over-human-wanted = Gern: Ein Kollege übernimmt und antwortet Ihnen hier. Der Vorgang ist { $case }.
over-not-understood = Es tut mir leid, ich verstehe es nicht. Ein Kollege übernimmt und antwortet Ihnen hier. Der Vorgang ist { $case }.
over-abuse = Ich überlasse das einem Kollegen, der Ihnen hier antwortet. Der Vorgang ist { $case }.
over-complaint = Ein Kollege kümmert sich darum und antwortet Ihnen hier. Der Vorgang ist { $case }.
over-fault = Ein Kollege sieht sich das Netz an und antwortet Ihnen hier. Der Vorgang ist { $case }.
over-roaming-cost = Ein Kollege nennt Ihnen hier den Preis. Der Vorgang ist { $case }.
over-other = Ein Kollege antwortet Ihnen hier. Der Vorgang ist { $case }.
over-contract = Ein Kollege sieht es sich an und antwortet Ihnen hier. Der Vorgang ist { $case }.
person-will-answer = Ein Kollege antwortet Ihnen hier; ich habe das weitergegeben.
summary-dispute = Der Kunde beanstandet eine Abbuchung: { $quotes }
summary-fraud = Der Kunde vermutet Betrug: { $quotes }
summary-vulnerable = Der Kunde braucht besondere Rücksicht: { $quotes }
summary-human-wanted = Der Kunde möchte einen Menschen: { $quotes }
summary-not-understood = Der Assistent hat nicht verstanden: { $quotes }
summary-abuse = Der Kunde ist ausfallend: { $quotes }
summary-complaint = Der Kunde beschwert sich: { $quotes }
summary-fault = Der Kunde meldet eine Störung: { $quotes }
summary-roaming-cost = Der Kunde fragt nach Roaming-Preisen: { $quotes }
summary-other = Der Kunde möchte etwas, das der Assistent nicht kennt: { $quotes }
summary-contract = Der Kunde möchte etwas, das der Assistent nicht darf: { $quotes }
quote = „{ $text }“
summary-finding = Der Assistent hat gefunden: { $finding }

## How it was
score-ask = Ihr Anliegen ist abgeschlossen. Wie war es, von 1 (schlecht) bis 5 (sehr gut)?
score-thanks = Vielen Dank, das hilft uns, besser zu werden.

## What customers would say
label-balance = Mein Guthaben
label-allowance-left = Was ist noch übrig?
label-usage = Mein Verbrauch
label-explain-charge = Wofür wurde abgebucht?
label-bill = Meine Rechnung
label-my-plan = Mein Tarif
label-top-up = Aufladen
label-offers = Angebote für mich
label-accept-offer = Angebot annehmen
label-decline-offer = Ich möchte das Angebot nicht
label-buy-add-on = Option dazubuchen
label-change-plan = Tarif wechseln
label-suspend-line = Anschluss sperren
label-resume-line = Anschluss entsperren
label-roaming-on = Roaming einschalten
label-roaming-off = Roaming ausschalten
label-roaming-cost = Was Roaming kostet
label-spend-cap = Ausgaben begrenzen
label-quiet-hours = Ruhezeiten einstellen
label-stop-marketing = Keine Werbung mehr
label-language = Sprache ändern
label-notifications = Meine Nachrichten
label-dispute = Abbuchung beanstanden
label-fraud = Betrug melden
label-human = Mit einem Menschen sprechen
label-complaint = Beschwerde
label-outage = Störung melden
label-vulnerable = Ich brauche besondere Hilfe
label-yes = Ja
label-no = Nein
