### Was Kundinnen und Kunden von Tidemark Mobile auf Deutsch lesen. Alle Variablen: docs/notification.md.
###
### Der Text einer Nachricht steht im Posteingang und in E-Mails, `.title` ist ihre Überschrift, `.text` sagt
### beides in einer SMS.

## Namen

offering-name =
    { $offering ->
        [booster-1gb] Booster
        [eu-roaming-pass] EU-Roaming-Pass
        [family-postpaid] Family
        [family-plus] Family Plus
        [fun-pack] Fun Pack
        [gaming-pass] Gaming-Pass
        [mobile-postpaid] Mobile
        [music-pass] Musik-Pass
        [music-unlimited] Music Unlimited
        [night-owl] Night Owl
        [prepaid-data] Prepaid Data
        [prepaid-starter] Prepaid Starter
        [social-pass] Social-Pass
        [stadium-day-pass] Stadion-Tagespass
        [unlimited-trial] Unlimited
        [video-pass] Video-Pass
        [video-premium] Video Premium
        [weekly-pass] Wochen-Pass
        [world-day-pass] Welt-Tagespass
        [none] Ihr Tarif
       *[other] { $offering }
    }
counter-name =
    { $counter ->
        [roaming-data-cap] Daten außerhalb der EU
        [premium-calls] Anrufe bei Sonderrufnummern
       *[other] Zusatzkosten
    }
# Was von einem Guthaben an Einheiten übrig ist, gleich was es zählt.
left-words =
    { $left_unit ->
        [events] { $left_count ->
            [one] 1 Nachricht
           *[other] { $left_count } Nachrichten
        }
       *[other] { $left }
    }

## Guthaben

balance-low =
    Ihr Guthaben beträgt noch { $balance }. Laden Sie auf, wann es Ihnen passt, dann geht es ohne Pause weiter.
    .title = Noch { $balance } Guthaben
    .text = Ihr Guthaben beträgt noch { $balance }. Laden Sie auf, um verbunden zu bleiben.
balance-empty =
    Ihr Guthaben ist aufgebraucht ({ $balance }). Laden Sie jetzt auf, um weiter zu telefonieren und zu surfen; Notrufe gehen immer.
    .title = Ihr Guthaben ist aufgebraucht
    .text = Ihr Guthaben ist aufgebraucht ({ $balance }). Laden Sie auf, dann geht es weiter. Notrufe gehen immer.
topped-up =
    Wir haben { $amount } erhalten. Ihr Guthaben beträgt jetzt { $balance }. Vielen Dank!
    .title = { $amount } aufgeladen
    .text = Vielen Dank! Wir haben { $amount } erhalten. Ihr Guthaben beträgt jetzt { $balance }.
balance-expires =
    { $amount } Ihres Guthabens verfallen am { DATETIME($expires_at, dateStyle: "full", timeStyle: "short") }. Wenn Sie vorher aufladen, bleiben sie Ihnen erhalten.
    .title = { $amount } verfallen bald
    .text = { $amount } Ihres Guthabens verfallen am { $expires_at }. Laden Sie vorher auf, um sie zu behalten.

## Inklusivleistungen

allowance-half =
    Die Hälfte von { $allowance } ist verbraucht: noch { left-words } von { $given }.
    .title = { $allowance } zur Hälfte verbraucht
    .text = Die Hälfte von { $allowance } ist verbraucht, übrig: { left-words }.
allowance-low =
    { $shared ->
        [yes] Zusammen haben Sie { $percent } von { $allowance } verbraucht.
       *[no] Sie haben { $percent } von { $allowance } verbraucht.
    } Übrig: { left-words }.
    .title = { $percent } von { $allowance } verbraucht
    .text = { $percent } von { $allowance } verbraucht, übrig: { left-words }.
allowance-used-up =
    { $allowance } ist aufgebraucht. Was Sie ab jetzt nutzen, geht von Ihrem Guthaben ab; ein Pass ist günstiger.
    .title = { $allowance } ist aufgebraucht
    .text = { $allowance } ist aufgebraucht. Ab jetzt geht die Nutzung von Ihrem Guthaben ab.
allowance-expires =
    { left-words } von { $allowance } verfallen am { DATETIME($expires_at, dateStyle: "full", timeStyle: "short") }. Viel Spaß damit bis dahin!
    .title = { $allowance }: noch { $hours ->
        [one] eine Stunde
        [24] ein Tag
        [72] drei Tage
       *[other] { $hours } Stunden
    }
    .text = { left-words } von { $allowance } verfallen am { $expires_at }.

## Grenzen

roaming-mark =
    { $percent ->
        [none] Ihre Kostengrenze für { counter-name } ist fast erreicht.
       *[other] { $percent } Ihrer Kostengrenze für { counter-name } sind erreicht.
    } An der Grenze unterbrechen wir, damit keine Rechnung Sie überrascht. Aufheben können Sie die Grenze in der App.
    .title = Roaming: { $percent ->
        [none] Grenze fast erreicht
       *[other] { $percent } der Kostengrenze
    }
    .text = { $percent ->
        [none] Ihre Kostengrenze für { counter-name } ist fast erreicht.
       *[other] { $percent } Ihrer Kostengrenze für { counter-name } sind erreicht.
    } An der Grenze unterbrechen wir. Aufheben können Sie sie in der App.
spend-mark =
    Sie haben eine Marke überschritten, mit der wir auf { counter-name } achten{ $percent ->
        [none] .
       *[other] : { $percent } der Kostengrenze.
    }
    .title = Im Blick: { counter-name }
    .text = Marke für { counter-name } überschritten{ $percent ->
        [none] .
       *[other] : { $percent } der Kostengrenze.
    }
spend-cap =
    Ihre Kostengrenze für { counter-name } ist erreicht. Wir haben unterbrochen, damit nichts Weiteres berechnet wird. Aufheben können Sie die Grenze in der App oder telefonisch.
    .title = Grenze erreicht: { counter-name }
    .text = Ihre Kostengrenze für { counter-name } ist erreicht, wir haben unterbrochen. Nichts Weiteres wird berechnet. Aufheben können Sie die Grenze in der App.
unusual-usage =
    { $factor ->
        [0] Heute haben Sie { $spent } ausgegeben, mehr als sonst.
       *[other] { $usual ->
            [zero] Heute haben Sie { $spent } ausgegeben; an anderen Tagen war es nichts.
           *[other] Heute haben Sie { $spent } ausgegeben, mehr als das { $factor }-Fache der sonst üblichen { $usual }.
        }
    } Wenn Sie das nicht waren, sagen Sie es uns: wir sehen sofort nach.
    .title = Waren Sie das? { $spent } heute
    .text = Sie haben heute { $spent } ausgegeben, weit mehr als sonst. Das waren nicht Sie? Bitte rufen Sie uns an.

## Verbindungen

out-of-credit =
    Ihr Guthaben reichte für das nicht, was Sie eben nutzen wollten. Laden Sie auf oder wählen Sie einen Pass, dann geht es sofort wieder.
    .title = Guthaben reicht nicht
    .text = Ihr Guthaben reichte für das nicht, was Sie eben nutzen wollten. Laden Sie auf oder wählen Sie einen Pass.
service-refused =
    { $result ->
        [END_USER_SERVICE_DENIED] Ihr Tarif enthält den Dienst nicht, den Sie eben nutzen wollten. Fragen Sie uns in der App, welcher es tut.
       *[other] Ein Dienst, den Sie nutzen wollten, konnte nicht gestartet werden. Bitte versuchen Sie es noch einmal, oder schreiben Sie uns in der App.
    }
    .title = { $result ->
        [END_USER_SERVICE_DENIED] Nicht in Ihrem Tarif
       *[other] Ein Dienst ist nicht gestartet
    }
    .text = { $result ->
        [END_USER_SERVICE_DENIED] Ihr Tarif enthält den Dienst nicht, den Sie eben nutzen wollten.
       *[other] Ein Dienst konnte nicht gestartet werden. Bitte noch einmal versuchen, oder schreiben Sie uns in der App.
    }

## Tarife und Rechnungen

plan-changed =
    { $change ->
        [started] { offering-name } gehört jetzt Ihnen.
        [renewed] { offering-name } wurde verlängert.
        [trial-ended] Die Probezeit von { offering-name } ist vorbei; es geht zum regulären Preis weiter.
        [resumed] { offering-name } geht wieder.
        [moved] { offering-name } ist ab jetzt Ihr Tarif.
        [cancelled] { offering-name } ist gekündigt, wie gewünscht.
       *[other] { offering-name } hat sich geändert.
    }{ $until ->
        [none] { "" }
       *[other] { " " }Läuft bis { DATETIME($until, dateStyle: "long") }.
    }
    .title = { $change ->
        [started] Willkommen bei { offering-name }
        [renewed] { offering-name } verlängert
        [trial-ended] Probezeit vorbei: { offering-name }
        [resumed] { offering-name } geht wieder
        [cancelled] { offering-name } gekündigt
       *[other] Ihr Tarif hat sich geändert
    }
    .text = { $change ->
        [started] { offering-name } gehört jetzt Ihnen
        [renewed] { offering-name } wurde verlängert
        [trial-ended] Die Probezeit von { offering-name } ist vorbei, es geht zum regulären Preis weiter
        [resumed] { offering-name } geht wieder
        [cancelled] { offering-name } ist gekündigt, wie gewünscht
       *[other] { offering-name } hat sich geändert
    }{ $until ->
        [none] .
       *[other] , bis { DATETIME($until, dateStyle: "long") }.
    }
plan-stopped =
    { $change ->
        [suspended] { offering-name } konnte nicht verlängert werden: das Guthaben war zu niedrig. Laden Sie auf, dann geht es von selbst weiter.
       *[other] { offering-name } ist beendet. Wenn es Ihnen fehlt: Sie finden es in der App.
    }
    .title = { $change ->
        [suspended] { offering-name } macht Pause
       *[other] { offering-name } ist beendet
    }
    .text = { $change ->
        [suspended] { offering-name } konnte nicht verlängert werden, das Guthaben war zu niedrig. Laden Sie auf, dann geht es weiter.
       *[other] { offering-name } ist beendet.
    }
bill-ready =
    Ihre Rechnung für { MONTH($month) } ist da: { $total } für { $charges ->
        [0] gar nichts
        [one] einen Posten
       *[other] { $charges } Posten
    }. In der App ist jede Zeile erklärt.
    .title = Ihre Rechnung für { MONTH($month) }: { $total }
    .text = Ihre Rechnung für { MONTH($month) } ist da: { $total }. Jede Zeile finden Sie in der App.

## Angebote

offer =
    { $reason ->
        [none] { "" }
       *[other] { $reason }{ " " }
    }{ $name } { $price ->
        [none] wartet auf Sie.
        [zero] gibt es geschenkt.
       *[other] gibt es für { $price }.
    }{ $expires_at ->
        [none] { "" }
       *[other] { " " }Das Angebot gilt bis { $expires_at }.
    }
    .title = Für Sie: { $name }
    .text = { $name }{ $price ->
        [none] { "" }
        [zero] { " " }geschenkt
       *[other] { " " }für { $price }
    }{ $expires_at ->
        [none] .
       *[other] , bis { $expires_at }.
    } Mehr in der App.

## Kundendienst

case-answered =
    { $agent ->
        [none] Wir haben geantwortet
       *[other] { $agent } hat geantwortet
    }: „{ $text }“{ $resolved ->
        [yes] { " " }Damit ist Ihr Anliegen erledigt. Waren Sie zufrieden? Sagen Sie es uns in der App.
       *[no] { " " }Antworten können Sie in der App.
    }
    .title = { $resolved ->
        [yes] Ihr Anliegen ist erledigt
       *[no] Eine Antwort für Sie
    }
    .text = { $agent ->
        [none] Wir haben Ihnen geantwortet
       *[other] { $agent } hat Ihnen geantwortet
    }: { $text } Alles Weitere in der App.

## Partner

settlement-closed =
    { $revision ->
        [1] Ihre Abrechnung für { MONTH($period) } ist abgeschlossen.
       *[other] Ihre Abrechnung für { MONTH($period) } wurde berichtigt (Fassung { $revision }).
    } { $parked ->
        [yes] Der Betrag ist klein und wird auf die nächste Abrechnung übertragen.
       *[no] { $payables ->
            [none] Es ist nichts zu zahlen.
           *[other] Zu zahlen: { $payables }.
        }
    }
    .title = Abrechnung für { MONTH($period) }
    .text = Ihre Abrechnung für { MONTH($period) } liegt bereit{ $payable ->
        [none] .
       *[other] : { $payable }.
    }
