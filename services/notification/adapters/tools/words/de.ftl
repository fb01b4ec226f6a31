# Was die Werkzeuge des Assistenten sagen. Dieselben Meldungen stehen in jeder Sprache.

moment = { $day } um { $time } Uhr
as-it-is = { $text }

## Wer, und was da ist
customer-has = Sie haben { $offerings }.
customer-nothing = Sie haben zurzeit keinen Tarif.
line-is-suspended = Ihr Anschluss ist gesperrt.
balance-money = Ihr Guthaben beträgt { $money }.
balance-allowances = Übrig sind: { $allowances }.
allowance = { $left } von „{ $name }“
allowance-until = { $left } von „{ $name }“ (bis { $until })
bill-running = { $month }: bisher { $total }.
bill-closed = { $month }: { $total }.
bills-none = Bisher wurde nichts abgerechnet.
usage-none = { $days ->
    [one] Heute haben Sie nichts verbraucht.
   *[other] In den letzten { $days } Tagen haben Sie nichts verbraucht.
}
usage-found = { $days ->
    [one] Heute haben Sie { $usage } verbraucht. Das kostete { $cost }.
   *[other] In den letzten { $days } Tagen haben Sie { $usage } verbraucht. Das kostete { $cost }.
}
usage-line = { $used } „{ $name }“
notifications-found = { $count ->
    [0] Es gibt keine weiteren Nachrichten.
    [one] Es gibt eine Nachricht; insgesamt { $unread } ungelesen.
   *[other] Es gibt { $count } Nachrichten; insgesamt { $unread } ungelesen.
}
notifications-newest = Die neuesten: { $titles }.

## Warum eine Buchung so ist
charged-usage = Am { $at } wurden Ihnen { $amount } für „{ $service }“ ({ $used }) berechnet, nach dem Preis „{ $price }“ von { $offering }.
charged-usage-abroad = Am { $at } wurden Ihnen { $amount } für „{ $service }“ ({ $used }) in der Zone „{ $where }“ berechnet, nach dem Preis „{ $price }“ von { $offering }.
charged-usage-nothing = Am { $at } haben Sie „{ $service }“ ({ $used }) verbraucht. Das kostete nichts: Preis „{ $price }“ von { $offering }.
charged-usage-nothing-abroad = Am { $at } haben Sie „{ $service }“ ({ $used }) in der Zone „{ $where }“ verbraucht. Das kostete nichts: Preis „{ $price }“ von { $offering }.
charged-fee = Am { $at } wurden Ihnen { $amount } für { $offering } berechnet: „{ $fee }“.
charged-fee-back = Am { $at } haben Sie { $amount } für { $offering } zurückbekommen: „{ $fee }“.
charged-refund = Am { $at } wurden Ihnen { $amount } erstattet.
charged-correction = Am { $at } wurde eine frühere Buchung berichtigt: { $amount } kamen hinzu.
charged-correction-back = Am { $at } wurde eine frühere Buchung berichtigt: Sie haben { $amount } zurückbekommen.
charges-of-day = { $count ->
    [one] Am { $day } gab es eine Buchung.
   *[other] Am { $day } gab es { $count } Buchungen, zusammen { $total }. Dies ist die größte:
}
step-allowance = { $units } davon kamen aus einem enthaltenen Volumen.
step-price = { $units } kosteten { $amount }.
step-minimum = Der Preis hat einen Mindestbetrag; damit sind es { $amount }.
step-maximum = Der Preis hat einen Höchstbetrag; damit sind es { $amount }.
step-tax = { $amount } davon sind Steuer.
changed-back = { $amount } davon wurden seither erstattet.
changed-more = { $amount } kamen seither durch eine Berichtigung hinzu.

## Angebote
offers-none = Zurzeit gibt es kein Angebot für Sie.
offers-found = { $count ->
    [one] Es gibt ein Angebot für Sie: { $offers }.
   *[other] Es gibt { $count } Angebote für Sie: { $offers }.
}
offer-priced = { $name } für { $price }
offer-free = { $name } ohne Kosten
propose-offer = Soll ich „{ $name }“ für Sie annehmen? Das kostet jetzt { $price }.
propose-offer-free = Soll ich „{ $name }“ für Sie annehmen? Das kostet jetzt nichts.
declined = In Ordnung. Dieses Angebot sehen Sie vor dem { $until } nicht wieder.

## Kaufen
price = jetzt { $price }
price-at-most = jetzt höchstens { $price } (ein laufender Zeitraum wird anteilig bezahlt)
price-trial = die ersten { $days } Tage nichts
price-trial-and-once = jetzt { $price } und die ersten { $days } Tage keine weitere Gebühr
price-then = { $first }, danach { $later }
each-months = { $months ->
    [one] { $price } im Monat
   *[other] { $price } alle { $months } Monate
}
each-days = { $days ->
    [one] { $price } am Tag
   *[other] { $price } alle { $days } Tage
}
propose-add-on = Soll ich „{ $name }“ für Sie buchen? Das kostet { $price }.
propose-plan = Soll ich Ihnen den Tarif „{ $name }“ einrichten? Das kostet { $price }.
propose-plan-change = Soll ich Ihren Tarif von { $old } zu „{ $name }“ wechseln? Das kostet { $price }.
propose-plan-ends = { $old } endet dann sofort: Was vom enthaltenen Volumen übrig ist, verfällt, und es wird nichts erstattet.
bought = Erledigt: Sie haben jetzt „{ $name }“. Berechnet wurden { $amount }.
bought-free = Erledigt: Sie haben jetzt „{ $name }“. Berechnet wurde nichts.
old-plan-stays = { $old } konnte nicht beendet werden; bitte lassen Sie das einen Menschen ansehen.

## Anschluss, Roaming, Grenzen
propose-suspend = Soll ich Ihren Anschluss sperren? Dann geht nichts mehr, bis Sie ihn wieder öffnen; monatliche Gebühren laufen weiter.
suspended = Ihr Anschluss ist gesperrt. Sagen Sie mir, wenn er wieder gehen soll.
resumed = Ihr Anschluss geht wieder.
line-works = Ihr Anschluss geht.
propose-roaming-off = Soll ich Roaming ausschalten? Das hält an: { $counters }. Was im Ausland keine solche Grenze hat, geht weiter.
propose-roaming-on = Soll ich Roaming einschalten? Dann gelten wieder diese Grenzen: { $caps }.
roaming-off = Roaming ist aus: Es geht nichts mehr von { $counters }.
roaming-on = Roaming ist an: Für { $counters } gelten die üblichen Grenzen.
counter = „{ $name }“ ({ $code })
usual-money = „{ $counter }“ bis { $cap }
usual-units = „{ $counter }“ bis { $cap } Einheiten
usual-none = „{ $counter }“ ohne Grenze
period-day = am Tag
period-week = in der Woche
period-month = im Monat
propose-cap = Soll ich „{ $counter }“ auf { $cap } { $period } begrenzen?
propose-no-cap = Soll ich die Grenze von „{ $counter }“ aufheben? Dann hält nichts mehr an, was immer es kostet.
propose-usual-cap = Soll ich die übliche Grenze wieder einrichten: { $cap }?
cap-set = „{ $counter }“ ist jetzt auf { $cap } { $period } begrenzt.
cap-lifted = „{ $counter }“ hat keine Grenze mehr.

## Bezahlen, Wünsche, Menschen
top-up-link = Hier können Sie { $amount } bezahlen: { $link }
preferences-set = Das habe ich geändert.
preferences-kept = So ist es schon.
quiet-hours = Nachrichten warten zwischen { $begin } und { $end } Uhr, wenn sie nicht dringend sind.
quiet-hours-none = Sie haben keine eigenen Ruhezeiten.
marketing-yes = Sie bekommen Angebote als Nachricht.
marketing-no = Sie bekommen keine Angebote als Nachricht.
case-opened = Ich habe einen Vorgang angelegt: { $case }. Ein Mensch sieht ihn an und antwortet Ihnen hier.
transferred = Ein Mensch übernimmt und antwortet Ihnen hier. Der Vorgang ist { $case }.

## Warum nicht
refusal-already-subscribed = Das haben Sie schon.
refusal-already-suspended = Ihr Anschluss ist schon gesperrt.
refusal-amount-invalid = Ich brauche einen Betrag in { $currency }, etwa 20,00.
refusal-balance-insufficient = Dafür reicht Ihr Guthaben nicht. Sie können vorher aufladen.
refusal-barred-by-operator = Ihr Anschluss wurde von uns gesperrt, nicht von Ihnen. Das muss ein Mensch ansehen; soll ich Sie verbinden?
refusal-budget-spent = Dieses Angebot ist vergriffen.
refusal-case-differs = Unter dieser Nummer gibt es schon einen anderen Vorgang.
refusal-case-invalid = Ein Vorgang braucht ein Thema in einem Wort und eine Zusammenfassung von höchstens 1.000 Zeichen.
refusal-charge-not-found = Unter Ihren letzten Buchungen finde ich keine solche.
refusal-charge-unknown = Eine solche Buchung von Ihnen kenne ich nicht.
refusal-choice-invalid = Davon können Sie Teile wählen, und diese Wahl passt nicht.
refusal-confirmation-differs = Sie haben zu etwas anderem Ja gesagt. Bitte sagen Sie noch einmal, was Sie möchten.
refusal-confirmation-expired = Das ist mehr als zehn Minuten her. Bitte fragen Sie noch einmal, dann nenne ich den heutigen Preis.
refusal-confirmation-unknown = Ich weiß nicht, wozu Sie Ja sagen. Bitte fragen Sie noch einmal.
refusal-consent-withdrawn = Dieses Angebot brauchte Ihre Einwilligung, und die haben Sie seither widerrufen.
refusal-counter-missing = Welche Grenze meinen Sie: { $counters }?
refusal-counter-unknown = Eine solche Grenze, die man ändern könnte, haben Sie nicht.
refusal-days-invalid = Ich kann 1 bis { $most } Tage zurücksehen.
refusal-decision-unknown = Ein solches Angebot für Sie kenne ich nicht.
refusal-limit-invalid = Ich kann 1 bis { $most } auf einmal zeigen.
refusal-money-missing = Das kostet { $price }, und verfügbar sind { $available }: Es fehlen { $missing }. Sie können vorher aufladen.
refusal-no-offers-here = Hier gibt es zurzeit keine Angebote.
refusal-no-payment-page = Aufladen geht hier nicht. Bitte zahlen Sie auf dem üblichen Weg.
refusal-not-explained = Die Preisliste dieser Buchung liegt nicht mehr vor. Ein Mensch kann sie erklären; soll ich Sie verbinden?
refusal-not-for-sale = „{ $name }“ kann man hier nicht buchen. Ein Mensch kann helfen; soll ich Sie verbinden?
refusal-not-liftable = Diese Grenze ist fest.
refusal-not-possible = Das geht zurzeit nicht ({ $reason }).
refusal-not-subscribed = Das haben Sie nicht.
refusal-offer-declined = Dieses Angebot haben Sie abgelehnt.
refusal-offer-expired = Dieses Angebot ist abgelaufen oder nicht mehr, was es war. Fragen Sie mich noch einmal nach Angeboten.
refusal-offering-unknown = Unter diesem Namen gibt es nichts.
refusal-payment-differs = „{ $name }“ wird anders bezahlt als Ihr Tarif. Das muss ein Mensch tun; soll ich Sie verbinden?
refusal-preferences-invalid = Das kann ich nicht einstellen. Ruhezeiten brauchen Anfang und Ende, etwa 22:00 und 07:00.
refusal-question-invalid = Ich weiß nicht, welche Buchung Sie meinen. Nennen Sie einen Tag, etwa 2026-11-27, oder einen Betrag, etwa 4,99.
refusal-roaming-already-off = Roaming ist schon aus.
refusal-roaming-already-on = Roaming ist schon an.
refusal-roaming-not-limited = Für Ihr Roaming gibt es keine Grenze, die ich ändern könnte. Ein Mensch kann helfen; soll ich Sie verbinden?
refusal-still-working = Ich habe angefangen und noch keine Antwort. Es geschieht genau einmal; fragen Sie gleich noch einmal.
refusal-subscriber-barred = Ihr Anschluss ist gesperrt. Er muss zuerst wieder geöffnet werden.
refusal-subscriber-unknown = Diesen Kunden kenne ich nicht.
refusal-try-later = Das geht gerade nicht. Bitte versuchen Sie es gleich noch einmal.
