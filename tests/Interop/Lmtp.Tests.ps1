# Other people's servers hand mail over by LMTP, each recipient with an outcome of its own.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    # Postfix connects to the socket as a user of its own.
    if (-not $IsWindows) { chmod 755 $store }
    $socket = Join-Path $store lmtp
    $secret = ConvertTo-SecureString secret -AsPlainText
    'ann', 'bob', 'full', 'late' | ForEach-Object { New-MailAccount -StorePath $store -Name "$_@example.com" -Password $secret | Out-Null }
    'bob@example.net', 'eve@example.edu' | ForEach-Object { New-MailAccount -StorePath $store -Name $_ -Password $secret | Out-Null }
    # One has no room at all, one for a few octets: it is refused after the data.
    foreach ($limited in @{ Name = 'full'; Octets = 100 }, @{ Name = 'late'; Octets = 1000 }) {
        $inbox = "$store/mail/example.com/$($limited.Name)"
        'cur', 'new', 'tmp' | ForEach-Object { New-Item -ItemType Directory "$inbox/$_" | Out-Null }
        Set-Content "$inbox/cur/1700000000.M1P1.host:2,S" ('x' * 100) -NoNewline
        Set-Content "$inbox/maildirsize" "$($limited.Octets)S`n100 1`n" -NoNewline
    }

    $server = Start-MailServer -StorePath $store -HostName localhost -Domain example.com, example.net, example.edu -LmtpPort 0 -LmtpPath $socket -LmtpPathMode 0666
    $message = Join-Path $store message.eml
    [IO.File]::WriteAllText($message, "From: ann@example.org`nTo: bob@example.com`nSubject: handed over`nDate: Sat, 28 Nov 2026 12:00:00 +0000`nMessage-ID: <over@example.org>`n`n.a dot`n..two`nGr$([char]0xfc)$([char]0xdf)e`n$('y' * 900)`nThe end`n")
    $body = ([IO.File]::ReadAllText($message) -split "`n`n", 2)[1].Replace("`n", "`r`n")

    function Get-Mail([string] $Name, [string] $Domain = 'example.com') {
        Get-ChildItem "$store/mail/$Domain/$Name/new" -File -ErrorAction Ignore | ForEach-Object { [IO.File]::ReadAllText($_.FullName) }
    }

    function Clear-Mailboxes { Get-ChildItem "$store/mail/*/*/new/*" -File -ErrorAction Ignore | Remove-Item }

    function Get-FreePort {
        $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
    }

    function Test-Listening([int] $Port) {
        $client = [Net.Sockets.TcpClient]::new()
        try { $client.Connect('127.0.0.1', $Port); $true } catch { $false } finally { $client.Dispose() }
    }

    function Wait-Port([int] $Port) { Wait-Until { Test-Listening $Port } -What "something listens on port $Port" }

    function Start-Postfix([string] $Folder, [int] $Port) {
        'etc', 'queue', 'data' | ForEach-Object { New-Item -ItemType Directory "$Folder/$_" | Out-Null }
        chown postfix "$Folder/data"
        Set-Content "$Folder/etc/main.cf" @"
compatibility_level = 3.6
queue_directory = $Folder/queue
data_directory = $Folder/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $Folder/log
maillog_file_prefixes = $Folder
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.org
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
relay_domains = example.com, example.net, example.edu
transport_maps = inline:{ example.com=lmtp:inet:127.0.0.1:$($server.LmtpPort), example.net=lmtp:unix:$socket, example.edu=marked:unix:$socket, example.org=discard }
marked_destination_recipient_limit = 1
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{ far@elsewhere.example=REJECT }
smtpd_peername_lookup = no
lmtp_tls_security_level = may
"@
        $services = 'rewrite:trivial-rewrite', 'trace:bounce', 'bounce', 'defer:bounce', 'verify', 'flush', 'cleanup', 'proxymap', 'smtp', 'lmtp', 'error', 'retry:error', 'discard', 'anvil', 'scache', 'tlsmgr' | ForEach-Object {
            $name, $program = $_ -split ':'
            "$name unix $($name -in 'cleanup', 'flush' ? 'n' : '-') - n - $($name -in 'bounce', 'defer', 'trace', 'cleanup', 'flush' ? '0' : $name -in 'verify', 'anvil', 'scache', 'tlsmgr' ? '1' : '-') $($program ?? $name)"
        }
        Set-Content "$Folder/etc/master.cf" (@($services) + 'pickup unix n - n 60 1 pickup', 'qmgr unix n - n 300 1 qmgr', 'postlog unix-dgram n - n - 1 postlogd', 'marked unix - - n - - lmtp flags=D', "127.0.0.1:$Port inet n - n - - smtpd")
        & sh -c "exec /usr/sbin/postfix -c '$Folder/etc' start >/dev/null 2>&1"
        Wait-Port $Port
    }
}

AfterAll {
    Get-MailServer | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'Postfix' {
    BeforeAll {
        Assert-Peer postfix, swaks
        $folder = New-TestFolder
        chmod 755 $folder
        $port = Get-FreePort
        Start-Postfix $folder $port
    }

    AfterAll {
        & sh -c "exec /usr/sbin/postfix -c '$folder/etc' abort >/dev/null 2>&1"
        Remove-TestFolder $folder
    }

    BeforeEach { Clear-Mailboxes }

    It 'hands over by lmtp:inet under TLS, and keeps or returns the message for those alone who did not get it' {
        $to = 'ann', 'nobody', 'full', 'late', 'bob' | ForEach-Object { "$_@example.com" }
        $said = & swaks --server 127.0.0.1 --port $port --from ann@example.org --to ($to -join ',') --data "@$message" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Wait-Until { @(Select-String ': to=<[a-z]+@example.com>.* status=' "$folder/log").Count -ge 5 } -What "five outcomes in $(Get-Content "$folder/log" -Raw)"
        $log = [IO.File]::ReadAllText("$folder/log")
        foreach ($name in 'ann', 'bob') {
            $log | Should -Match "to=<$name@example.com>, relay=127\.0\.0\.1.*dsn=2\.0\.0, status=sent \(250 2\.0\.0 <$name@example.com> Ok: delivered as "
            Get-Mail $name | Should -HaveCount 1
            (Get-Mail $name).TrimEnd() | Should -BeLike "*`r`n`r`n$([Management.Automation.WildcardPattern]::Escape($body.TrimEnd()))"
            Get-Mail $name | Should -BeLike "Return-Path: <ann@example.org>*(using TLSv1.3 with cipher *with LMTPS id *"
        }

        $log | Should -Match 'to=<nobody@example.com>.*dsn=5\.1\.1, status=bounced .*no such user here'
        $log | Should -Match 'to=<full@example.com>.*dsn=4\.2\.2, status=deferred .*in reply to RCPT TO command'
        $log | Should -Match 'to=<late@example.com>.*dsn=4\.2\.2, status=deferred .*in reply to end of DATA command'
        (Get-Mail full), (Get-Mail late) | Should -BeNullOrEmpty
    }

    It 'takes what Send-MimeMessage has, and says which recipients it refuses' {
        $session = New-MailSession localhost -Protocol Smtp -Port $port -Tls None
        try {
            $results = 1..60 | ForEach-Object { New-MimeMessage -From ann@example.org -To bob@example.com, far@elsewhere.example -Subject "Größe $_" -Body ".dot`n$_" } | Send-MimeMessage -Session $session -ErrorVariable refused -ErrorAction SilentlyContinue
        }
        finally { $session | Remove-MailSession }
        $results | ForEach-Object { "$($_.Recipient) $($_.Status)" } | Should -Be (@('bob@example.com Accepted', 'far@elsewhere.example Refused') * 60)
        $refused | Should -HaveCount 60
        "$($refused[0])" | Should -BeLike "The message 'Größe *' was refused for <far@elsewhere.example> by *: 554 5.7.1 *Access denied"

        Wait-Until { @(Get-Mail bob).Count -ge 60 } -What "60 messages in $(Get-Content "$folder/log" -Raw)"
        $arrived = Get-ChildItem "$store/mail/example.com/bob/new" -File | Import-MimeMessage
        $arrived.Subject | Sort-Object { [int]($_ -replace '\D') } | Should -Be (1..60 | ForEach-Object { "Größe $_" })
        # All over the one connection.
        @(Select-String "connect from .*\[127\.0\.0\.1\]" "$folder/log").Count | Should -BeLessThan 10
    }

    It 'hands over by lmtp:unix' {
        $said = & swaks --server 127.0.0.1 --port $port --from '<>' --to bob@example.net,nobody@example.net --data "@$message" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        Wait-Until { @(Select-String ': to=<[a-z]+@example.net>.* status=' "$folder/log").Count -ge 2 } -What "two outcomes in $(Get-Content "$folder/log" -Raw)"
        $log = [IO.File]::ReadAllText("$folder/log")
        $log | Should -Match "to=<bob@example.net>, relay=relay\.example\.org\[$([regex]::Escape($socket))\].*status=sent"
        $log | Should -Match 'to=<nobody@example.net>.*dsn=5\.1\.1, status=bounced'
        Get-Mail bob example.net | Should -BeLike "Return-Path: <>*Received: from relay.example.org (local socket)*with LMTP id *"
    }

    It 'writes Delivered-To itself where it has flags=D, and agrees on what is a loop' {
        function Send-Through([string] $To, [string] $Path) {
            $said = & swaks --server 127.0.0.1 --port $port --from ann@example.org --to $To --data "@$Path" 2>&1 | Out-String
            $LASTEXITCODE | Should -Be 0 -Because $said
        }

        Send-Through eve@example.edu $message
        Wait-Until { Get-Mail eve example.edu } -What "a message in $(Get-Content "$folder/log" -Raw)"
        Get-Mail eve example.edu | Should -BeLike "Return-Path: <ann@example.org>`r`nDelivered-To: eve@example.edu`r`nReceived: *`r`nDelivered-To: eve@example.edu`r`nReceived: *"

        $delivered = Join-Path $folder delivered.eml
        [IO.File]::WriteAllText($delivered, ((Get-Mail eve example.edu) + "`r`n" -replace '(?m)^Delivered-To: eve@example\.edu\r\n', "Delivered-To: eve@example.edu`r`nDelivered-To: bob@example.net`r`n"))
        Send-Through eve@example.edu $delivered
        Send-Through bob@example.net $delivered
        Wait-Until { @(Select-String 'status=bounced .*forwarding loop' "$folder/log").Count -ge 2 } -What "two loops in $(Get-Content "$folder/log" -Raw)"
        $log = [IO.File]::ReadAllText("$folder/log")
        $log | Should -Match 'to=<eve@example\.edu>.*dsn=5\.4\.6, status=bounced \(mail forwarding loop for eve@example\.edu\)'
        $log | Should -Match 'to=<bob@example\.net>.*dsn=5\.4\.6, status=bounced \(host .* said: 554 5\.4\.6 Mail forwarding loop for <bob@example\.net>'
    }
}

Describe 'smtp-source' {
    It 'hands a thousand messages over by LMTP, twenty sessions at once, and each is stored: <_>' -ForEach 'inet', 'unix' {
        Assert-Peer smtp-source
        Clear-Mailboxes
        & smtp-source -L -s 20 -m 1000 -l 4096 -f ann@example.org -t bob@example.com ($_ -eq 'unix' ? "unix:$socket" : "127.0.0.1:$($server.LmtpPort)")
        $LASTEXITCODE | Should -Be 0
        @(Get-ChildItem "$store/mail/example.com/bob/new" -File).Count | Should -Be 1000
    }
}

Describe 'Dovecot as a proxy of LMTP' {
    BeforeAll {
        Assert-Peer dovecot, swaks
        if (-not (Test-Path /usr/lib/dovecot/lmtp)) { Assert-Peer lmtp }
        $folder = New-TestFolder
        chmod 755 $folder
        $port = Get-FreePort
        Set-Content "$folder/dovecot.conf" @"
base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
lmtp_proxy = yes
first_valid_uid = 1
passdb {
  driver = static
  args = proxy=y host=127.0.0.1 port=$($server.LmtpPort) nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$folder
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $port
  }
}
"@
        & sh -c "exec /usr/sbin/dovecot -c '$folder/dovecot.conf' >/dev/null 2>&1"
        Wait-Port $port
    }

    AfterAll {
        & /usr/sbin/dovecot -c "$folder/dovecot.conf" stop 2>&1 | Out-Null
        Remove-TestFolder $folder
    }

    It 'passes on the answer for each recipient' {
        Clear-Mailboxes
        $said = & swaks --protocol LMTP --server 127.0.0.1 --port $port --from ann@example.org --to ann@example.com,nobody@example.com,late@example.com --data "@$message" 2>&1 | Out-String
        $log = [IO.File]::ReadAllText("$folder/log")
        $said | Should -BeLike '*250 2.0.0 <ann@example.com> * Saved*' -Because "$said $log"
        $log | Should -BeLike '*Sent message to <ann@example.com> at 127.0.0.1:*: 250 2.0.0 <ann@example.com> Ok: delivered as *'
        $said | Should -BeLike '*550 5.1.1 *no such user here*'
        $said | Should -BeLike '*452 4.2.2 *'
        Get-Mail ann | Should -HaveCount 1
        Get-Mail late | Should -BeNullOrEmpty
    }
}

Describe 'Clients over the Unix socket' {
    BeforeEach { Clear-Mailboxes }

    It 'swaks' {
        Assert-Peer swaks
        $said = & swaks --protocol LMTP --socket $socket --from ann@example.org --to bob@example.com,late@example.com --data "@$message" 2>&1 | Out-String
        $said | Should -BeLike '*250 2.0.0 <bob@example.com> Ok: delivered as*452 4.2.2 *' -Because $said
        Get-Mail bob | Should -HaveCount 1
    }

    # It reads one reply after the data, so there is one recipient who is taken.
    It 'smtplib of Python' {
        Assert-Peer python3
        $script = "import smtplib, sys; s = smtplib.LMTP(sys.argv[1]); print(s.sendmail('ann@example.org', ['bob@example.com', 'nobody@example.com', 'full@example.com'], open(sys.argv[2], 'r', newline='').read().replace('\n', '\r\n').encode())); s.quit()"
        $said = & python3 -c $script $socket $message 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0 -Because $said
        $said | Should -BeLike "*'nobody@example.com': (550, *'full@example.com': (452, *"
        Get-Mail bob | Should -HaveCount 1
    }
}
