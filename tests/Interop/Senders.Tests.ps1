# Programs that send mail, each over plain, STARTTLS and implicit TLS with a login where it can: what arrives is what was sent, octet for octet.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot .. Pester Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    # Exim runs as a user of its own.
    if (-not $IsWindows) { chmod 755 $store }
    $secret = ConvertTo-SecureString secret -AsPlainText
    'bob', 'ann' | ForEach-Object { New-MailAccount -StorePath $store -Name "$_@example.com" -Password $secret | Out-Null }
    $server = Start-MailServer -StorePath $store -HostName localhost -Domain example.com -SmtpPort 0 -SubmissionPort 0 -SubmissionTlsPort 0 -LmtpPort 0

    # 8-bit text, a line of 998 octets, dots where they hurt, and nothing that a sender has a reason to change.
    $header = "From: bob@example.com`nTo: bob@example.com`nSubject: octets`nDate: Sat, 28 Nov 2026 12:00:00 +0000`nMessage-ID: <octets@example.com>`nMIME-Version: 1.0`nContent-Type: text/plain; charset=utf-8`nContent-Transfer-Encoding: 8bit`n"
    $text = ".`n..`n.a dot at the start`nGr$([char]0xfc)$([char]0xdf)e, $([char]0x20ac)`n$('x' * 998)`n`nFrom here on`n.`nThe end`n"
    $crlf = Join-Path $store octets.eml
    [IO.File]::WriteAllText($crlf, "$header`n$text".Replace("`n", "`r`n"))
    $lf = Join-Path $store octets.lf
    [IO.File]::WriteAllText($lf, "$header`n$text")
    # swaks ends the last line by itself.
    $open = Join-Path $store octets.open
    [IO.File]::WriteAllText($open, "$header`n$text".TrimEnd("`n"))
    $password = Join-Path $store password
    Set-Content $password secret
    $python = Join-Path $store send.py
    Set-Content $python @'
import smtplib, ssl, sys
port, mode, sender, path = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl._create_unverified_context()
s = smtplib.SMTP_SSL('127.0.0.1', port, context=context) if mode == 'tls' else smtplib.LMTP('127.0.0.1', port) if mode == 'lmtp' else smtplib.SMTP('127.0.0.1', port)
if mode.startswith('starttls'):
    s.starttls(context=context)
if mode in ('tls', 'starttls-login'):
    s.login('bob@example.com', 'secret')
print(s.sendmail(sender, sys.argv[5:], open(path, 'rb').read()))
s.quit()
'@
    $node = Join-Path $store send.js
    Set-Content $node @'
const [port, mode, sender, path, ...to] = process.argv.slice(2);
const transport = require('nodemailer').createTransport({
  host: '127.0.0.1', port: +port, secure: mode === 'tls', lmtp: mode === 'lmtp', requireTLS: mode.startsWith('starttls'), ignoreTLS: mode === 'plain' || mode === 'lmtp',
  tls: { rejectUnauthorized: false }, auth: mode === 'tls' || mode === 'starttls-login' ? { user: 'bob@example.com', pass: 'secret' } : undefined });
transport.sendMail({ envelope: { from: sender, to }, raw: require('fs').readFileSync(path) }, (error, info) => {
  console.log(error ? error.message : JSON.stringify(info)); process.exit(error ? 1 : 0); });
'@

    $folders = 'bob', 'ann' | ForEach-Object { "$store/mail/example.com/$_/new" }

    function Clear-Mailboxes { Get-ChildItem $folders -File -ErrorAction Ignore | Remove-Item }

    function Assert-Arrived([string[]] $Name = ('bob', 'ann'), [switch] $HeaderMayGrow, [switch] $OwnHeader, [string] $Because) {
        foreach ($one in $Name) {
            $files = @(Get-ChildItem "$store/mail/example.com/$one/new" -File -ErrorAction Ignore)
            $files | Should -HaveCount 1 -Because "$one is to get one copy. $Because"
            # Latin 1: an octet is a character.
            $stored = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($files[0].FullName))
            $sent = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($crlf))
            $stored | Should -BeLike 'Return-Path: <*>*Received: from *'
            if (-not $HeaderMayGrow -and -not $OwnHeader) {
                $stored.EndsWith("`r`n$sent", [StringComparison]::Ordinal) | Should -BeTrue -Because $stored
                continue
            }

            $storedHeader, $storedBody = $stored -split "`r`n`r`n", 2
            $sentHeader, $sentBody = $sent -split "`r`n`r`n", 2
            if ($storedHeader -match 'Content-Transfer-Encoding: quoted-printable') {
                $storedBody = [regex]::Replace($storedBody.Replace("=`r`n", ''), '=([0-9A-F]{2})', { param($found) [string][char][Convert]::ToInt32($found.Groups[1].Value, 16) })
            }

            $storedBody | Should -BeExactly $sentBody
            if ($OwnHeader) { continue }
            $sentHeader -split "`r`n" | Should -BeIn ($storedHeader -split "`r`n")
        }
    }

    function Get-Sender([string] $Mode) { $Mode -in 'tls', 'starttls-login' ? 'bob@example.com' : 'ann@example.org' }

    # Which port a mode goes to, and whether it logs in there.
    $ports = @{ plain = $server.SmtpPort; starttls = $server.SmtpPort; 'starttls-login' = $server.SubmissionPort; tls = $server.SubmissionTlsPort; lmtp = $server.LmtpPort }
    $opensmtpd = '/opt/opensmtpd/usr/bin/smtp'
    $exim = '/opt/exim4/usr/sbin/exim4'
    $nodeModules = (Test-Path /opt/nodemailer/node_modules) ? '/opt/nodemailer/node_modules' : (Join-Path $store node_modules)

    function Assert-Nodemailer {
        Assert-Peer node, npm
        if (Test-Path $nodeModules/nodemailer) { return }
        $said = & npm install --prefix $store --no-audit --no-fund --no-save --silent nodemailer@10.6.1 2>&1 | Out-String
        if (Test-Path $nodeModules/nodemailer) { return }
        if (Test-PeersRequired) { throw "nodemailer cannot be installed, and peers are required here: $said" }
        Write-Warning 'SKIPPED: nodemailer cannot be installed by npm: there may be no network.'
        Set-ItResult -Skipped -Because 'nodemailer cannot be installed'
    }

    function Invoke-Sender([string] $Sender, [string] $Mode, [string[]] $To) {
        $from = Get-Sender $Mode
        $port = $ports[$Mode]
        $isTls = $Mode -eq 'tls'
        $logsIn = $Mode -in 'tls', 'starttls-login'
        $login = $logsIn ? @('--auth', 'PLAIN', '--auth-user', 'bob@example.com', '--auth-password', 'secret') : @()
        switch ($Sender) {
            'swaks' {
                $tls = $isTls ? @('--tlsc') : $Mode -like 'starttls*' ? @('--tls') : $Mode -eq 'lmtp' ? @('--protocol', 'LMTP') : @()
                & swaks --server 127.0.0.1 --port $port --from $from --to ($To -join ',') --data "@$open" @tls @login 2>&1
            }
            'curl' {
                $options = @($To | ForEach-Object { '--mail-rcpt', $_ }) + ($Mode -like 'starttls*' ? @('--ssl-reqd') : @()) + ($logsIn ? @('--user', 'bob@example.com:secret') : @())
                & curl --silent --show-error --verbose --insecure "$($isTls ? 'smtps' : 'smtp')://127.0.0.1:$port/client.example.net" --mail-from $from --upload-file $crlf @options 2>&1
            }
            'msmtp' {
                $options = ($isTls ? @('--tls=on', '--tls-starttls=off') : $Mode -like 'starttls*' ? @('--tls=on', '--tls-starttls=on') : @('--tls=off')) +
                    ($logsIn ? @('--auth=plain', '--user=bob@example.com', "--passwordeval=cat $password") : @('--auth=off')) + ($Mode -eq 'lmtp' ? @('--protocol=lmtp') : @())
                & sh -c 'exec msmtp "$@" < "$0"' $lf --file=/dev/null --host=127.0.0.1 "--port=$port" "--from=$from" --tls-certcheck=off @options @To 2>&1
            }
            's-nail' {
                $url = $logsIn ? "://bob%40example.com:secret@127.0.0.1:$port" : "://127.0.0.1:$port"
                $options = ($logsIn ? @('-S', 'smtp-auth=plain') : @('-S', 'smtp-auth=none')) + ($Mode -like 'starttls*' ? @('-S', 'smtp-use-starttls') : @())
                & sh -c 'exec s-nail "$@" < "$0"' (Join-Path $store body) '-:/' -S v15-compat -S "mta=$($isTls ? 'smtps' : 'smtp')$url" -S tls-verify=ignore -S ttycharset=utf-8 -S sendcharsets=utf-8 -S mime-encoding=8bit -S "from=$from" -S hostname=client.example.net -S "DEAD=$store/dead" -S sendwait @options -s octets @To 2>&1
            }
            'smtplib' { & python3 $python $port $Mode $from $crlf @To 2>&1 }
            'nodemailer' {
                $env:NODE_PATH = $nodeModules
                try { & node $node $port $Mode $from $crlf @To 2>&1 } finally { $env:NODE_PATH = $null }
            }
            'OpenSMTPD' {
                $scheme = @{ plain = 'smtp+notls'; starttls = 'smtp+tls'; lmtp = 'lmtp' }[$Mode]
                # Of the replies to two recipients over LMTP, read at once, it sees the first, and waits a hundred seconds for the second.
                $patience = $Mode -eq 'lmtp' ? 20 : 100
                & sh -c 'exec timeout "$@" < "$0"' $lf $patience /opt/opensmtpd/usr/bin/smtp -C -v -s "${scheme}://127.0.0.1:$port" -F $from @To 2>&1
            }
            'Exim' {
                $spool = Join-Path $store exim
                if (-not (Test-Path $spool)) { New-Item -ItemType Directory $spool | Out-Null; chown Debian-exim $spool }
                $auth = $logsIn ? "begin authenticators`nplain:`n  driver = plaintext`n  public_name = PLAIN`n  client_send = ^bob@example.com^secret`n" : ''
                $transport = ($logsIn ? "  hosts_require_auth = *`n" : '') + ($isTls ? "  protocol = smtps`n" : '') + ($Mode -eq 'lmtp' ? "  protocol = lmtp`n" : '') +
                    ($Mode -in 'plain', 'lmtp' ? "  hosts_avoid_tls = *`n" : "  hosts_require_tls = *`n  tls_verify_certificates =`n  tls_try_verify_hosts =`n")
                Set-Content "$store/exim.conf" ("exim_path = $exim`nexim_user = Debian-exim`nexim_group = Debian-exim`nprimary_hostname = exim.example.org`nspool_directory = $spool`nlog_file_path = $spool/log_%s`n" +
                    "keep_environment =`nnever_users =`ntrusted_users = root`nbegin routers`nout:`n  driver = manualroute`n  transport = out`n  route_list = * 127.0.0.1::$port`n  self = send`n" +
                    "begin transports`nout:`n  driver = smtp`n  port = $port`n$transport$auth")
                & sh -c 'exec /opt/exim4/usr/sbin/exim4 "$@" < "$0"' $lf -C "$store/exim.conf" -odf -oi -f $from @To 2>&1
                Get-Content "$spool/log_main"
                Remove-Item "$spool/log_main"
            }
        }
    }

    function Assert-Sender([string] $Sender) {
        switch ($Sender) {
            'smtplib' { Assert-Peer python3 }
            'nodemailer' { Assert-Nodemailer }
            'OpenSMTPD' { Assert-Peer $opensmtpd }
            'Exim' { Assert-Peer $exim }
            default { Assert-Peer $Sender }
        }
    }
}

AfterAll {
    Get-MailServer | Stop-MailServer
    Remove-TestFolder $store
}

Describe '<Sender> over <Mode>' -ForEach @(
    foreach ($sender in 'swaks', 'curl', 'msmtp', 's-nail', 'smtplib', 'nodemailer', 'Exim', 'OpenSMTPD') {
        foreach ($mode in 'plain', 'starttls', 'starttls-login', 'tls', 'lmtp') {
            # curl and s-nail speak no LMTP; the client that OpenSMTPD 6.8 ships has no logins.
            if (($mode -eq 'lmtp' -and $sender -in 'curl', 's-nail') -or ($sender -eq 'OpenSMTPD' -and $mode -in 'tls', 'starttls-login')) { continue }
            @{ Sender = $sender; Mode = $mode }
        }
    }
) {
    BeforeEach {
        Assert-Sender $Sender
        Clear-Mailboxes
        [IO.File]::WriteAllText((Join-Path $store body), $text)
    }

    It 'sends to two recipients, and every octet arrives' {
        $said = Invoke-Sender $Sender $Mode 'bob@example.com', 'ann@example.com' | Out-String
        # An MTA adds header fields; a user agent writes all of them, and encodes what it thinks it must.
        Assert-Arrived -HeaderMayGrow:($Sender -eq 'Exim') -OwnHeader:($Sender -eq 's-nail') -Because $said
    }

    It 'is told of a recipient that is unknown' {
        $said = Invoke-Sender $Sender $Mode 'bob@example.com', 'nobody@example.com' | Out-String
        $said | Should -BeLike '*550*<nobody@example.com>: no such user here*'
    }
}
