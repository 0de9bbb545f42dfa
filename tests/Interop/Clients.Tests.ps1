# Other people's programs against our server: what they send arrives octet for octet, what is stored can be read.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    New-MailAccount -StorePath $store -Name bob@example.com -Password (ConvertTo-SecureString secret -AsPlainText) | Out-Null
    $server = Start-MailServer -StorePath $store -HostName localhost -Domain example.com -SmtpPort 0 -SubmissionPort 0 -SubmissionTlsPort 0 -Pop3Port 0 -Pop3TlsPort 0 -ImapPort 0 -ImapTlsPort 0
    $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString secret -AsPlainText))
    $message = Join-Path $store message.eml
    [IO.File]::WriteAllText($message, "From: ann@example.org`r`nTo: bob@example.com`r`nSubject: from a client`r`nDate: Sat, 28 Nov 2026 12:00:00 +0000`r`nMessage-ID: <client@example.org>`r`n`r`n.a line that starts with a dot`r`n..and two`r`n`r`nThe end`r`n")
    $body = [IO.File]::ReadAllText($message)

    function Get-Newest {
        Get-ChildItem "$store/mail/example.com/bob/new", "$store/mail/example.com/bob/cur" -File -ErrorAction Ignore |
            Sort-Object LastWriteTimeUtc | Select-Object -Last 1 | ForEach-Object { [IO.File]::ReadAllText($_.FullName) }
    }

    function Get-Count { @(Get-ChildItem "$store/mail/example.com/bob/new", "$store/mail/example.com/bob/cur" -File -ErrorAction Ignore).Count }
}

AfterAll {
    Get-MailServer | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'swaks' {
    BeforeEach { Assert-Peer swaks }

    It 'sends with <Case>' -ForEach @(
        @{ Case = 'plain SMTP'; Port = 'SmtpPort'; Options = @() }
        @{ Case = 'STARTTLS'; Port = 'SmtpPort'; Options = @('--tls') }
        @{ Case = 'implicit TLS and AUTH PLAIN'; Port = 'SubmissionTlsPort'; Options = @('--tlsc', '--auth', 'PLAIN', '--auth-user', 'bob@example.com', '--auth-password', 'secret') }
        @{ Case = 'STARTTLS and AUTH LOGIN'; Port = 'SubmissionPort'; Options = @('--tls', '--auth', 'LOGIN', '--auth-user', 'bob@example.com', '--auth-password', 'secret') }
        @{ Case = 'pipelining'; Port = 'SmtpPort'; Options = @('--pipeline') }
    ) {
        $before = Get-Count
        $said = & swaks --server 127.0.0.1 --port $server.$Port --from ($Port -eq 'SmtpPort' ? 'ann@example.org' : 'bob@example.com') --to bob@example.com --data "@$message" @Options 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-Count | Should -Be ($before + 1)
        Get-Newest | Should -BeLike "*Subject: from a client*"
    }

    It 'is refused where it should be: <Case>' -ForEach @(
        @{ Case = 'an unknown user'; Port = 'SmtpPort'; Options = @('--to', 'nobody@example.com'); Code = '550 5.1.1' }
        @{ Case = 'another domain'; Port = 'SmtpPort'; Options = @('--to', 'x@elsewhere.example'); Code = '550 5.7.1' }
        @{ Case = 'submission without a login'; Port = 'SubmissionPort'; Options = @('--to', 'bob@example.com'); Code = '530 5.7.0' }
        @{ Case = 'the sender of another'; Port = 'SubmissionTlsPort'; Options = @('--to', 'bob@example.com', '--tlsc', '--auth', 'PLAIN', '--auth-user', 'bob@example.com', '--auth-password', 'secret'); Code = '553 5.7.1' }
        @{ Case = 'a wrong password'; Port = 'SubmissionTlsPort'; Options = @('--to', 'bob@example.com', '--tlsc', '--auth', 'PLAIN', '--auth-user', 'bob@example.com', '--auth-password', 'wrong'); Code = '535 5.7.8' }
    ) {
        $said = & swaks --server 127.0.0.1 --port $server.$Port --from ann@example.org @Options 2>&1 | Out-String
        $LASTEXITCODE | Should -Not -Be 0
        $said | Should -BeLike "*$Code*"
    }
}

Describe 'Behind a proxy' {
    BeforeAll {
        $behind = New-TestFolder
        New-MailAccount -StorePath $behind -Name bob@example.com -Password (ConvertTo-SecureString secret -AsPlainText) | Out-Null
        $proxied = Start-MailServer -StorePath $behind -HostName localhost -Domain example.com -SmtpPort 0 -SubmissionTlsPort 0 -ProxyFrom 127.0.0.1
        $believing = Start-MailServer -StorePath $behind -HostName localhost -Domain example.com -SmtpPort 0 -SubmissionPort 0 -XClientFrom 127.0.0.0/8

        function Get-NewestBehind {
            Get-ChildItem "$behind/mail/example.com/bob/new" -File | Sort-Object LastWriteTimeUtc | Select-Object -Last 1 | ForEach-Object { [IO.File]::ReadAllText($_.FullName) }
        }
    }

    AfterAll {
        $proxied, $believing | Stop-MailServer
        Remove-TestFolder $behind
    }

    It 'curl --haproxy-protocol is heard over <Case>' -ForEach @(
        @{ Case = 'smtp'; Scheme = 'smtp'; Port = 'SmtpPort'; Options = @() }
        @{ Case = 'smtps, before TLS'; Scheme = 'smtps'; Port = 'SubmissionTlsPort'; Options = @('--insecure', '--user', 'bob@example.com:secret') }
    ) {
        Assert-Peer curl
        $said = & curl --silent --show-error --haproxy-protocol "${Scheme}://127.0.0.1:$($proxied.$Port)/client.example.net" --mail-from bob@example.com --mail-rcpt bob@example.com --upload-file $message @Options 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        (Get-NewestBehind).EndsWith($body, [StringComparison]::Ordinal) | Should -BeTrue
    }

    It 'curl without the header is cut off' {
        Assert-Peer curl
        & curl --silent --max-time 5 "smtps://127.0.0.1:$($proxied.SubmissionTlsPort)/" --insecure --mail-from bob@example.com --mail-rcpt bob@example.com --upload-file $message 2>&1 | Out-Null
        $LASTEXITCODE | Should -Not -Be 0
    }

    It 'swaks speaks for another client with PROXY version <Version>' -ForEach @(@{ Version = 1 }, @{ Version = 2 }) {
        Assert-Peer swaks
        $said = & swaks --server 127.0.0.1 --port $proxied.SmtpPort --from ann@example.org --to bob@example.com --data "@$message" --proxy-version $Version --proxy-command PROXY --proxy-family $(if ($Version -eq 1) { 'TCP4' } else { 'AF_INET' }) --proxy-protocol STREAM --proxy-source 192.0.2.44 --proxy-source-port 5555 --proxy-dest 192.0.2.1 --proxy-dest-port 25 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-NewestBehind | Should -BeLike '*(`[192.0.2.44`])*'
    }

    It 'swaks --xclient speaks for another client, and for its login' {
        Assert-Peer swaks
        $said = & swaks --server 127.0.0.1 --port $believing.SubmissionPort --from bob@example.com --to bob@example.com --data "@$message" --xclient-addr 192.0.2.45 --xclient-name client.example.net --xclient-login bob@example.com 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-NewestBehind | Should -BeLike '*(client.example.net `[192.0.2.45`])*with ESMTPA id*'
    }
}

Describe 'Net::SMTP of Perl' {
    BeforeEach { Assert-Peer perl }

    It 'sends a BINARYMIME message in chunks, and every octet arrives' {
        $script = 'use Net::SMTP; local $/; open F, "<:raw", $ARGV[1]; my $text = <F>; my $s = Net::SMTP->new("127.0.0.1", Port => $ARGV[0]) or die; ' +
            'die "not offered" unless defined $s->supports("CHUNKING"); $s->mail(q(ann@example.org), Bits => q(binary)) && $s->to(q(bob@example.com)) && $s->bdat(substr($text, 0, 50)) && $s->bdatlast(substr($text, 50)) or die $s->message; $s->quit'
        $said = & perl -e $script $server.SmtpPort $message 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        (Get-Newest).EndsWith($body, [StringComparison]::Ordinal) | Should -BeTrue -Because (Get-Newest)
    }
}

Describe 'smtplib of Python' {
    BeforeEach { Assert-Peer python3 }

    It 'sends an internationalized message (RFC 6531)' {
        $script = 'import smtplib, sys, email.message as m; x = m.EmailMessage(); x["From"] = "J\u00f6rg <j\u00f6rg@b\u00fccher.example>"; x["To"] = "bob@example.com"; x["Subject"] = "Gr\u00fc\u00dfe"; x.set_content("x"); ' +
            's = smtplib.SMTP("127.0.0.1", int(sys.argv[1])); s.send_message(x); s.quit()'
        $said = & python3 -c $script $server.SmtpPort 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-Newest | Should -BeLike "Return-Path: <jörg@bücher.example>*with UTF8SMTP id*Subject: Grüße*"
    }
}

Describe 'swaks and addresses of a server' {
    BeforeEach { Assert-Peer swaks }

    BeforeAll { $null = New-MailAlias sales@example.com $store -Target bob@example.com }

    It 'delivers to <To> as <Delivered>' -ForEach @(
        @{ To = 'sales@example.com'; Delivered = 'bob@example.com' }
        @{ To = 'Sales+q3@example.com'; Delivered = 'bob+q3@example.com' }
        @{ To = 'bob+Lists@example.com'; Delivered = 'bob+Lists@example.com' }
        @{ To = 'postmaster@example.com'; Delivered = 'bob@example.com' }
    ) {
        $before = Get-Count
        $said = & swaks --server 127.0.0.1 --port $server.SmtpPort --from ann@example.org --to $To 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-Count | Should -Be ($before + 1)
        Get-Newest | Should -BeLike "*Delivered-To: $Delivered`r`n*"
    }

    It 'gives one copy to an account that two addresses lead to' {
        $before = Get-Count
        $said = & swaks --server 127.0.0.1 --port $server.SmtpPort --from ann@example.org --to sales@example.com,bob@example.com 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-Count | Should -Be ($before + 1)
    }

    It 'submits as an alias of the account' {
        $said = & swaks --server 127.0.0.1 --port $server.SubmissionTlsPort --tlsc --auth PLAIN --auth-user bob@example.com --auth-password secret --from sales+x@example.com --to bob@example.com 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
    }
}

Describe 'curl' {
    BeforeEach { Assert-Peer curl }

    It 'sends by <Case>, and every octet arrives' -ForEach @(
        @{ Case = 'smtp'; Scheme = 'smtp'; Port = 'SmtpPort'; Options = @() }
        @{ Case = 'smtp with STARTTLS and a login'; Scheme = 'smtp'; Port = 'SubmissionPort'; Options = @('--ssl-reqd', '--insecure', '--user', 'bob@example.com:secret') }
        @{ Case = 'smtps and a login'; Scheme = 'smtps'; Port = 'SubmissionTlsPort'; Options = @('--insecure', '--user', 'bob@example.com:secret') }
    ) {
        $said = & curl --silent --show-error "${Scheme}://127.0.0.1:$($server.$Port)/client.example.net" --mail-from ($Port -eq 'SmtpPort' ? 'ann@example.org' : 'bob@example.com') --mail-rcpt bob@example.com --upload-file $message @Options 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        (Get-Newest).EndsWith($body, [StringComparison]::Ordinal) | Should -BeTrue -Because (Get-Newest)
    }

    It 'reads by <Case>' -ForEach @(
        @{ Case = 'pop3 with STLS'; Scheme = 'pop3'; Port = 'Pop3Port'; Path = '1'; Options = @('--ssl-reqd') }
        @{ Case = 'pop3s'; Scheme = 'pop3s'; Port = 'Pop3TlsPort'; Path = '1'; Options = @() }
        @{ Case = 'imap with STARTTLS'; Scheme = 'imap'; Port = 'ImapPort'; Path = 'INBOX;MAILINDEX=1'; Options = @('--ssl-reqd') }
        @{ Case = 'imaps'; Scheme = 'imaps'; Port = 'ImapTlsPort'; Path = 'INBOX;MAILINDEX=1'; Options = @() }
    ) {
        if (-not (Get-Count)) {
            $null = $server | Send-RawSmtp -Port $server.SmtpPort -From ann@example.org -To bob@example.com -Body $body
        }

        $file = Join-Path $store 'got.eml'
        $said = & curl --silent --show-error --insecure --user bob@example.com:secret "${Scheme}://127.0.0.1:$($server.$Port)/$Path" --output $file @Options 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        [IO.File]::ReadAllText($file) | Should -BeLike '*Subject: from a client*'
    }

    It 'is told that a password is wrong' {
        $said = & curl --silent --show-error --insecure --user bob@example.com:wrong "pop3s://127.0.0.1:$($server.Pop3TlsPort)/1" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 67 -Because $said
    }
}

Describe 'mutt' {
    BeforeEach { Assert-Peer mutt }

    It 'sends through submission' {
        $before = Get-Count
        $rc = Join-Path $store muttrc
        Set-Content $rc @"
set smtp_url = "smtps://bob%40example.com:secret@127.0.0.1:$($server.SubmissionTlsPort)/"
set ssl_verify_host = no
set ssl_verify_dates = no
set from = "bob@example.com"
set copy = no
set ssl_ca_certificates_file = "$store/tls/self-made.pem"
set certificate_file = "$store/tls/self-made.pem"
"@
        $said = "hello from mutt`n" | & mutt -F $rc -s 'from mutt' bob@example.com 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Get-Count | Should -Be ($before + 1)
        Get-Newest | Should -BeLike '*Subject: from mutt*'
    }
}

Describe 'Postfix' {
    It 'hands a thousand messages over from smtp-source, twenty sessions at once, and each is stored' {
        Assert-Peer smtp-source
        $before = Get-Count
        & smtp-source -s 20 -m 1000 -l 4096 -f ann@example.org -t bob@example.com "127.0.0.1:$($server.SmtpPort)"
        $LASTEXITCODE | Should -Be 0
        Get-Count | Should -Be ($before + 1000)
    }
}
