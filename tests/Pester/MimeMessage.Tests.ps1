# Messages in real PowerShell: New- and Send-MimeMessage, Get- and Save-MimePart, and sessions over SMTP.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -SubmissionPort 0 -SubmissionTlsPort 0 -ImapPort 0 -Pop3Port 0
    $credential = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
    $login = @{ Credential = $credential; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    $plain = @{ Server = $server.Server; Port = $server.SmtpPort; Tls = 'None' }

    function Receive-Mail { @($server | Wait-MailMessage -TimeoutSeconds 10) }
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'Messages' {
    BeforeEach {
        $server | Clear-MailServer
    }

    AfterEach {
        Get-MailSession | Remove-MailSession
    }

    Context 'Sessions over SMTP' {
        It 'sends over one login, for whichever cmdlet uses it' {
            $session = $server | New-MailSession -Protocol Smtp @login
            $session.Protocol | Should -Be Smtp
            $session.AuthMechanism | Should -Not -BeNullOrEmpty
            $session.Tls | Should -Be StartTls
            $before = (Get-MailServer $server.Id).Logins
            1..30 | ForEach-Object { New-MimeMessage -From john@example.com -To mary@example.com -Subject "No $_" -Body $_ } | Send-MimeMessage -Session $session | ForEach-Object Status | Should -Be (@('Accepted') * 30)
            (Get-MailServer $server.Id).Logins | Should -Be $before
            $session.IdleConnections | Should -Be 1
            $session | Get-ImapFolder -ErrorVariable failed -ErrorAction SilentlyContinue
            "$($failed[0])" | Should -BeLike '*speaks SMTP, and this needs IMAP.'
        }

        It 'needs no login where the server wants none, and IMAP does' {
            $session = New-MailSession @plain -Protocol Smtp
            "$session" | Should -BeLike 'nobody at *'
            (New-MimeMessage -From a@example.org -To b@example.com | Send-MimeMessage -Session $session).Status | Should -Be Accepted
            New-MailSession $server.Server -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'CredentialMissing,*'
        }

        It 'takes the certificate that is pinned, and no other' {
            $null = $server | New-MailSession -Protocol Smtp -Credential $credential -CertificatePin ('a' * 64) -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed | Should -HaveCount 1
            "$($failed[0])" -match 'sha256//[A-Za-z0-9+/]{43}=' | Should -BeTrue
            $session = $server | New-MailSession -Protocol Smtp -Credential $credential -CertificatePin $Matches[0]
            (New-MimeMessage -From john@example.com -To b@example.com | Send-MimeMessage -Session $session).Status | Should -Be Accepted
        }

        It 'sends several at once where that is asked for' {
            $session = $server | New-MailSession -Protocol Smtp @login
            $results = 1..40 | ForEach-Object { New-MimeMessage -From john@example.com -To "u$_@example.com" } | Send-MimeMessage -Session $session -ThrottleLimit 4
            ($results | Where-Object Status -EQ Accepted | Sort-Object Recipient -Unique) | Should -HaveCount 40
        }

        It 'opens a connection again that the server has closed' {
            $session = $server | New-MailSession -Protocol Smtp @login
            $server | Get-MailServerSession | Stop-MailServerSession
            Wait-Until { @($server | Get-MailServerSession).Count -eq 0 }
            $result = New-MimeMessage -From john@example.com -To b@example.com | Send-MimeMessage -Session $session
            $result.Status | Should -Be Accepted
            Receive-Mail | Should -HaveCount 1
        }
    }

    Context 'Send-MimeMessage' {
        It 'takes the parameters of Send-MailMessage' {
            $file = Join-Path $store a.txt
            Set-Content $file hello
            $sent = $server | Send-MimeMessage -From 'John <john@example.com>' -To mary@example.com, 'Joe <joe@example.com>' -Cc cc@example.com -Bcc secret@example.com -ReplyTo r@example.com -Subject 'Größe' `
                -Body 'schön' -Attachments $file -Encoding iso-8859-1 -Priority High -DeliveryNotificationOption OnFailure, Delay @login
            $sent.Recipient | Should -Be mary@example.com, joe@example.com, cc@example.com, secret@example.com
            $sent.Status | Should -Be (@('Accepted') * 4)
            $sent | ForEach-Object { $_ | Should -BeOfType MailOps.Client.Sessions.MailSendResult }
            $mail = (Receive-Mail)[0]
            $mail.Subject | Should -Be 'Größe'
            $mail.Message.TextBody.Trim() | Should -Be 'schön'
            [Text.Encoding]::Latin1.GetString($mail.Raw) | Should -Not -Match 'secret'
            [Text.Encoding]::Latin1.GetString($mail.Raw) | Should -Match 'charset=iso-8859-1'
            $mail.Headers.Where{ $_.Name -eq 'Reply-To' }.Value | Should -Be r@example.com
            $mail.Headers.Where{ $_.Name -eq 'Importance' }.Value | Should -Be high
            ($mail | Get-MimePart -Attachment).FileName | Should -Be a.txt
        }

        It 'secures the connection by STARTTLS with -UseSsl, as Send-MailMessage does' {
            $mail = @{ From = 'john@example.com'; To = 'mary@example.com'; Subject = 'x' }
            ($server | Send-MimeMessage @mail -UseSsl @login).Status | Should -Be Accepted
            { $server | Send-MimeMessage @mail -UseSsl -Tls None @login } | Should -Throw '-UseSsl is STARTTLS, and -Tls says None*'
            { $server | Send-MimeMessage @mail -UseSsl -Tls Implicit @login } | Should -Throw '-UseSsl is STARTTLS*'
        }

        It 'takes the server from $PSEmailServer, as Send-MailMessage does' {
            $PSEmailServer = $server.Server
            (Send-MimeMessage -Port $server.SmtpPort -Tls None -From a@example.org -To b@example.com -Subject x -Body y).Status | Should -Be Accepted
            $PSEmailServer = ''
            { Send-MimeMessage -From a@example.org -To b@example.com -ErrorAction Stop } | Should -Throw -ErrorId 'ServerMissing,*'
        }

        It 'secures the connection unless told otherwise, and says what is wrong with a certificate' {
            $server | Send-MimeMessage -From a@example.org -To b@example.com -Credential $credential -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object Status | Should -Be NotSent
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'CertificateNotTrusted,*'
            $failed[0].TargetObject.Recipient | Should -Be b@example.com
            Send-MimeMessage $server.Server -Port $server.SubmissionTlsPort -Tls Implicit -From a@example.org -To b@example.com @login -WarningVariable warned | ForEach-Object Status | Should -Be Accepted
            $warned | Should -BeLike '*is not trusted*'
        }

        It 'gives each recipient a result, and those who are refused an error' {
            $null = $server | Set-MailServerFault -Recipient nobody@example.com -Reply '550 5.1.1 No such user'
            $results = New-MimeMessage -From a@example.org -To b@example.com, nobody@example.com -Cc c@example.com -Subject Hi | Send-MimeMessage @plain -ErrorVariable failed -ErrorAction SilentlyContinue
            $results.Status | Should -Be Accepted, Refused, Accepted
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'RecipientRefused,*'
            "$($failed[0])" | Should -BeLike "The message 'Hi' was refused for <nobody@example.com> by *: 550 5.1.1 No such user"
            (Receive-Mail)[0].Recipient | Should -Be b@example.com, c@example.com
            $server | Clear-MailServerFault
        }

        It 'sends again what a lost connection has not delivered, and never what may have arrived' {
            $session = New-MailSession @plain -Protocol Smtp
            $null = $server | Set-MailServerFault -Command MAIL -Drop -Count 1
            $again = New-MimeMessage -From a@example.org -To b@example.com -Subject again | Send-MimeMessage -Session $session
            $again.Status, $again.Attempts | Should -Be Accepted, 2
            $null = $server | Set-MailServerFault -Command MESSAGE -Drop -Count 1
            $lost = New-MimeMessage -From a@example.org -To b@example.com -Subject lost | Send-MimeMessage -Session $session -ErrorVariable failed -ErrorAction SilentlyContinue
            $lost.Status, $lost.Attempts, $lost.CanRetry | Should -Be Unknown, 1, $false
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'OutcomeUnknown,*'
            (Receive-Mail).Subject | Should -Be again
            $server | Clear-MailServerFault
        }

        It 'sends files, texts and what other cmdlets read as they are' {
            $octets = [Text.Encoding]::UTF8.GetBytes("From: a@example.org`r`nTo: b@example.com`r`nBcc: c@example.com`r`nDate: Mon, 30 Nov 2026 00:00:00 +0000`r`nMessage-ID: <1@x>`r`nX-Odd:no space`r`nSubject: =?utf-8?q?x?=`r`n`r`n.dot`r`ntrailing  `r`n")
            $file = Join-Path $store one.eml
            [IO.File]::WriteAllBytes($file, $octets)
            $sent = Get-Item $file | Send-MimeMessage @plain
            $sent.Recipient | Should -Be b@example.com, c@example.com
            $mail = (Receive-Mail)[0]
            $wanted = [Text.Encoding]::UTF8.GetString($octets).Replace("Bcc: c@example.com`r`n", '')
            [Text.Encoding]::UTF8.GetString($mail.Raw) | Should -BeLike "*$([WildcardPattern]::Escape($wanted))"

            $null = $server | Send-RawSmtp -From x@example.org -To john@example.com -Subject Again
            $again = $server | Get-ImapMessage -Body @login | Send-MimeMessage @plain -Recipient new@example.com -Sender ''
            $again.Recipient | Should -Be new@example.com
            $again.Sender | Should -BeNullOrEmpty
        }

        It 'attaches what comes down the pipeline to the message that it makes' {
            1..2 | ForEach-Object { Set-Content (Join-Path $store "f$_.txt") $_ }
            $sent = Get-ChildItem (Join-Path $store f?.txt) | Send-MimeMessage @plain -From a@example.org -To b@example.com -Subject Files
            $sent | Should -HaveCount 1
            ((Receive-Mail)[0] | Get-MimePart -Attachment).FileName | Should -Be f1.txt, f2.txt
        }

        It 'sends nothing with -WhatIf' {
            New-MimeMessage -From a@example.org -To b@example.com | Send-MimeMessage 127.0.0.1 -Port 1 -WhatIf | Should -BeNullOrEmpty
        }

        It 'does not try a failed login again for each message' {
            $failing = Start-MailServer (Join-Path $store accounts) -SubmissionPort 0
            $null = New-MailAccount -StorePath (Join-Path $store accounts) -Credential $credential
            try {
                $wrong = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'wrong-one' -AsPlainText -Force))
                $results = 1..5 | ForEach-Object { New-MimeMessage -From john@example.com -To john@example.com -Subject $_ } |
                    Send-MimeMessage $failing.Server -Port $failing.SubmissionPort -Credential $wrong -SkipCertificateCheck -WarningAction SilentlyContinue -ErrorVariable failed -ErrorAction SilentlyContinue
                $results.Status | Should -Be (@('NotSent') * 5)
                $results.Attempts | Should -Be 1, 0, 0, 0, 0
                $failed[0].FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
                "$failed" | Should -Not -Match 'wrong-one'
            }
            finally {
                $failing | Stop-MailServer
            }
        }

        It 'says of each message that cannot be sent why' -ForEach @(
            @{ Text = 'no header'; Error = 'Message 1 was not sent: The message has no header.*' }
            @{ Text = "To: b@example.com`n`nx"; Error = 'Message 1 was not sent: The message has no sender*' }
            @{ Text = "From: b@example.com`n`nx"; Error = 'Message 1 was not sent: The message has no recipient*' }
        ) {
            $Text | Send-MimeMessage @plain -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            "$($failed[0])" | Should -BeLike $Error
        }

        It 'asks for what it needs' {
            { Send-MimeMessage @plain -Subject x } | Should -Throw -ErrorId 'SenderMissing,*'
            { Send-MimeMessage @plain -From a@example.org } | Should -Throw -ErrorId 'RecipientMissing,*'
            { Send-MimeMessage @plain } | Should -Throw -ErrorId 'MessageMissing,*'
            { Send-MimeMessage @plain -From a@example.org -To b@example.com -Encoding nosuch } | Should -Throw '*is no encoding*'
        }
    }

    Context 'New-MimeMessage' {
        It 'makes text, HTML with pictures, and attachments from the pipeline' {
            [IO.File]::WriteAllBytes((Join-Path $store logo.png), [byte[]](1..10))
            $message = Get-Item (Join-Path $store logo.png) | New-MimeMessage -From a@example.org -To b@example.com -Subject News -Body one, two -Html '<img src="cid:logo">' -InlinePicture @{ logo = Join-Path $store logo.png } -WarningVariable warned
            $warned | Should -BeNullOrEmpty
            $message.PSObject.TypeNames[0] | Should -Be MimeKit.MimeMessage
            ($message | Get-MimePart).MediaType | Should -Be text/plain, text/html, image/png, image/png
            ($message | Get-MimePart -MediaType text/plain).Text -split '\r?\n' | Should -Be one, two
            $null = New-MimeMessage -From a@example.org -Body '<img src="cid:x">' -BodyAsHtml -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -BeLike '*shows cid:x, and there is no picture*'
        }

        It 'answers and sends on what other cmdlets read' {
            $null = $server | Send-RawSmtp -From mary@example.com -To john@example.com -Subject Plan -Body 'Shall we?'
            $original = $server | Get-ImapMessage -Body @login
            $reply = New-MimeMessage -Reply $original -From john@example.com -Body Yes -Quote
            "$($reply.To)" | Should -Be mary@example.com
            $reply.Subject | Should -Be 'Re: Plan'
            $reply.InReplyTo | Should -Be $original.MessageId
            $reply.TextBody | Should -BeLike "Yes*> Shall we?*"
            $forward = New-MimeMessage -Forward $original -AsAttachment -From john@example.com -To joe@example.com
            $forward.Subject | Should -Be 'Fwd: Plan'
            ($forward | Get-MimePart -Attachment).MediaType | Should -Be message/rfc822
            { New-MimeMessage -Reply ($server | Get-ImapMessage @login) -From john@example.com } | Should -Throw '*read without its body*'
        }

        It 'refuses what would begin another field' {
            { New-MimeMessage -From a@example.org -Subject "x`nBcc: y@example.com" } | Should -Throw -ErrorId 'InvalidArgument,*'
            { New-MimeMessage -From a@example.org -Html x -Body x -BodyAsHtml } | Should -Throw '*given twice*'
            { New-MimeMessage -From a@example.org -Attachments (Join-Path $store nosuch) } | Should -Throw -ErrorId 'PathNotFound,*'
        }
    }

    Context 'Get-MimePart and Save-MimePart' {
        BeforeAll {
            $evil = "From: a@example.org`r`nSubject: x`r`nContent-Type: multipart/mixed; boundary=b`r`n`r`n" +
                ((('..\..\evil.exe', '/etc/passwd', 'CON', 'a.txt:s', "photo`u{202E}gpj.exe", 'A.txt', 'a.TXT', '') | ForEach-Object { "--b`r`nContent-Type: application/octet-stream`r`nContent-Disposition: attachment; filename=`"$($_.Replace('\', '\\'))`"`r`n`r`nx`r`n" }) -join '') + "--b--`r`n"
            $folder = Join-Path $store parts
        }

        It 'saves in the folder and nowhere else, whatever the names' {
            $saved = $evil | Save-MimePart (Join-Path $folder in)
            $saved | ForEach-Object DirectoryName | Sort-Object -Unique | Should -Be (Join-Path $folder in)
            $saved.Name | Should -Be 'evil.exe', 'passwd', '_CON', 'a.txt_s', 'photo_gpj.exe', 'A.txt', 'a (2).TXT', 'part-8.bin'
            Get-ChildItem $folder | Should -HaveCount 1
            ($evil | Save-MimePart (Join-Path $folder in))[0].Name | Should -Be 'evil (2).exe'
            ($evil | Get-MimePart -FileName *evil* | Save-MimePart (Join-Path $folder in) -Force).Name | Should -Be 'evil.exe'
        }

        It 'makes nothing with -WhatIf' {
            $evil | Save-MimePart (Join-Path $folder other) -WhatIf | Should -BeNullOrEmpty
            Join-Path $folder other | Should -Not -Exist
        }

        It 'reads what the other cmdlets read, and files' {
            $null = New-MimeMessage -From a@example.org -To john@example.com -Subject s -Body t -Attachments $PSCommandPath | Send-MimeMessage @plain
            $name = Split-Path $PSCommandPath -Leaf
            ($server | Get-ImapMessage -Body @login | Get-MimePart -Attachment).FileName | Should -Be $name
            ($server | Get-Pop3Message @login | Get-MimePart -Attachment).FileName | Should -Be $name
            $maildir = Join-Path $store maildir
            $null = $server | Get-Pop3Message @login | Add-MaildirMessage $maildir -Create
            ($saved = Get-MaildirMessage $maildir | Save-MimePart (Join-Path $folder maildir)).Name | Should -Be $name
            (Get-FileHash $saved).Hash | Should -Be (Get-FileHash $PSCommandPath).Hash
            $file = Join-Path $store part.eml
            Set-Content $file "Subject: x`n`nbody"
            $part = Get-MimePart $file
            $part.Part, $part.MediaType, $part.Text.Trim() | Should -Be '1', 'text/plain', 'body'
            Get-MimePart $file -Part 2 | Should -BeNullOrEmpty
            $server | Get-ImapMessage @login | Get-MimePart -ErrorVariable failed -ErrorAction SilentlyContinue
            "$($failed[0])" | Should -BeLike '*read without its body*'
            Get-MimePart (Join-Path $store nosuch) -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        }
    }
}
