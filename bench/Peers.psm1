# Private instances of the programs that the figures are compared with: from a configuration in a temporary folder, on
# loopback, on a free port. Each function returns an object with Port and a script block that stops it.
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

function Get-FreePort {
    $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
    $listener.Start()
    try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
}

# ext4 does not give the numbers of files that were removed in the last minutes to new ones, and passes over each of them whenever it makes
# a file in that part of the disk: fifty times slower after a run whose folder was removed. So folders are removed at the end of all runs, and
# each lies in a part of the disk of its own (chattr +T), away from what others removed before.
$script:benchRoot = $null

function New-BenchFolder([string] $Name) {
    if (-not $script:benchRoot) {
        $script:benchRoot = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "mailops-bench-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
        & sh -c "chattr +T '$script:benchRoot' 2>/dev/null; chmod 755 '$script:benchRoot'"
    }

    (New-Item -ItemType Directory (Join-Path $script:benchRoot "$Name-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
}

function Remove-BenchFolders {
    if ($script:benchRoot) { Remove-Item -Recurse -Force $script:benchRoot }
    $script:benchRoot = $null
}

function Test-Peer([string] $Command) {
    [bool](Get-Command $Command -CommandType Application -ErrorAction Ignore) -or (Test-Path "/usr/sbin/$Command")
}

function Wait-Port([int] $Port, [int] $Seconds = 30, [string] $Address = '127.0.0.1') {
    $until = [DateTime]::UtcNow.AddSeconds($Seconds)
    while ([DateTime]::UtcNow -lt $until) {
        $client = [System.Net.Sockets.TcpClient]::new()
        try { $client.Connect($Address, $Port); return } catch { Start-Sleep -Milliseconds 100 } finally { $client.Dispose() }
    }
    throw "Nothing listens on port $Port after $Seconds s."
}

function Start-MailOpsPeer([string] $Module, [string] $StorePath, [string[]] $Ports, [switch] $WithAccounts) {
    $capture = if ($WithAccounts) { '' } else { '-Capture' }
    # In a pwsh of its own, as a user runs it.
    $script = "Import-Module '$Module'; `$s = Start-MailServer -StorePath '$StorePath' -Domain example.com $capture $($Ports -join ' '); " +
        '[Console]::Out.WriteLine(($s | Select-Object SmtpPort, LmtpPort, Pop3Port, ImapPort, ImapTlsPort, Pop3TlsPort | ConvertTo-Json -Compress)); [Console]::Out.Flush(); [void][Console]::In.ReadLine(); $s | Stop-MailServer'
    $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
    # The .NET tool has no executable of its own: dotnet runs it.
    if ([IO.Path]::GetFileNameWithoutExtension([Environment]::ProcessPath) -eq 'dotnet') { $start.ArgumentList.Add((Join-Path $PSHOME pwsh.dll)) }
    '-NoProfile', '-NonInteractive', '-Command', $script | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $endpoints = $process.StandardOutput.ReadLine() | ConvertFrom-Json
    [pscustomobject]@{
        SmtpPort = $endpoints.SmtpPort; LmtpPort = $endpoints.LmtpPort; Pop3Port = $endpoints.Pop3Port; ImapPort = $endpoints.ImapPort; ImapTlsPort = $endpoints.ImapTlsPort; Pop3TlsPort = $endpoints.Pop3TlsPort; Process = $process
        Stop = { $process.StandardInput.WriteLine(); if (-not $process.WaitForExit(20000)) { $process.Kill() } }.GetNewClosure()
    }
}

function Start-BenchProgram([string] $Program, [string[]] $Arguments) {
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    , $Program + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $port = [int]$process.StandardOutput.ReadLine()
    [pscustomobject]@{
        SmtpPort = $port; Process = $process
        Stop = { $process.StandardInput.WriteLine(); if (-not $process.WaitForExit(20000)) { $process.Kill() } }.GetNewClosure()
    }
}

# -Settings: further lines of main.cf.
function Start-PostfixPeer([string] $Folder, [string[]] $Settings) {
    $port = Get-FreePort
    foreach ($name in 'etc', 'queue', 'data', 'mail') { [void](New-Item -ItemType Directory "$Folder/$name") }
    chmod 755 $Folder
    chown postfix "$Folder/data"
    chown nobody "$Folder/mail"
    Set-Content "$Folder/etc/main.cf" @"
compatibility_level = 3.6
queue_directory = $Folder/queue
data_directory = $Folder/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.com
message_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_base = $Folder/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 1
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
maillog_file = $Folder/mail.log
maillog_file_prefixes = $Folder
$($Settings -join "`n")
"@
    Set-Content "$Folder/etc/master.cf" @"
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"@
    & sh -c "exec /usr/sbin/postfix -c '$Folder/etc' start >/dev/null 2>&1"
    Wait-Port $port
    [pscustomobject]@{
        SmtpPort = $port
        Stop = { & /usr/sbin/postfix -c "$Folder/etc" stop 2>&1 | Out-Null }.GetNewClosure()
    }
}

# A network namespace of its own behind a line on which octets take half of the delay each way. Command runs a program in it.
function New-SlowLine([int] $Milliseconds) {
    $name = "mailops$([guid]::NewGuid().ToString('N').Substring(0, 6))"
    $network = "10.213.$(Get-Random -Minimum 1 -Maximum 250)"
    $half = "$($Milliseconds / 2)ms"
    $steps = @(
        "netns add $name", "link add ${name}a type veth peer name ${name}b netns $name", "addr add $network.1/30 dev ${name}a", "link set ${name}a up"
        "-n $name addr add $network.2/30 dev ${name}b", "-n $name link set ${name}b up", "-n $name link set lo up"
    )
    foreach ($step in $steps) {
        & ip ($step -split ' ')
        if ($LASTEXITCODE) { & ip netns delete $name 2> $null; throw "ip $step failed." }
    }
    & tc qdisc add dev "${name}a" root netem delay $half limit 100000
    & ip netns exec $name tc qdisc add dev "${name}b" root netem delay $half limit 100000
    if ($LASTEXITCODE) { & ip netns delete $name; throw 'The line cannot be made slow: tc has no netem here.' }
    [pscustomobject]@{ Address = "$network.2"; Command = "ip netns exec $name"; Stop = { & ip netns delete $name }.GetNewClosure() }
}

function Start-DovecotPeer([string] $Folder, [string] $MailFolder, [string] $Certificate, [switch] $KeepLogins, [switch] $Deflates, $Line) {
    $logins = if ($KeepLogins) { "service_count = 0`n  process_min_avail = $([Environment]::ProcessorCount)" } else { '' }
    $pop3Tls = if ($Certificate) { Get-FreePort } else { 0 }
    $tls = if ($Certificate) { "ssl = yes`nssl_cert = <$Certificate`nssl_key = <$Certificate" } else { 'ssl = no' }
    $pop3 = Get-FreePort
    $imap = Get-FreePort
    chmod 755 $Folder
    Set-Content "$Folder/dovecot.conf" @"
base_dir = $Folder/run
state_dir = $Folder/state
log_path = $Folder/dovecot.log
protocols = pop3 imap
$($Deflates ? "mail_plugins = zlib`nprotocol imap {`n  mail_plugins = zlib imap_zlib`n}" : '')
listen = $($Line ? $Line.Address : '127.0.0.1')
$tls
disable_plaintext_auth = no
first_valid_uid = 0
mail_uid = $(id -u nobody)
mail_gid = $(id -g nobody)
mail_location = maildir:$MailFolder
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=$(id -u nobody) gid=$(id -g nobody) home=$Folder/home
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  $logins
  inet_listener pop3 {
    port = $pop3
  }
  inet_listener pop3s {
    port = $pop3Tls
  }
}
"@
    # Through a shell: a daemon that inherits our pipe would keep it open.
    & sh -c "exec $($Line ? $Line.Command : '') /usr/sbin/dovecot -c '$Folder/dovecot.conf' >/dev/null 2>&1"
    Wait-Port $imap -Address ($Line ? $Line.Address : '127.0.0.1')
    [pscustomobject]@{
        Pop3Port = $pop3; ImapPort = $imap; Pop3TlsPort = $pop3Tls
        Stop = { & /usr/sbin/dovecot -c "$Folder/dovecot.conf" stop 2>&1 | Out-Null }.GetNewClosure()
    }
}

# Tuned for logins: login processes that serve many clients, mail processes that are kept. Accounts and passwords are those of a passwd-file.
function Start-DovecotImapPeer([string] $Folder, [string] $MailFolder, [string] $Users, [int] $Clients = 20) {
    $imap = Get-FreePort
    chmod 755 $Folder
    Set-Content "$Folder/dovecot.conf" @"
base_dir = $Folder/run
state_dir = $Folder/state
log_path = $Folder/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 0
mail_location = maildir:$MailFolder/%d/%n
mail_max_userip_connections = 0
default_process_limit = $($Clients + 100)
default_client_limit = $($Clients * 4 + 1000)
passdb {
  driver = passwd-file
  args = $Users
}
userdb {
  driver = static
  args = uid=$(id -u nobody) gid=$(id -g nobody) home=$Folder/home
}
service auth {
  client_limit = $($Clients * 4 + 1000)
}
service imap-login {
  service_count = 0
  process_min_avail = $([Environment]::ProcessorCount)
  client_limit = $($Clients + 1000)
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 0
  process_min_avail = $([Math]::Min($Clients, 20))
  process_limit = $($Clients + 100)
}
"@
    & sh -c "exec /usr/sbin/dovecot -c '$Folder/dovecot.conf' >/dev/null 2>&1"
    Wait-Port $imap
    [pscustomobject]@{
        ImapPort = $imap
        Stop = { & /usr/sbin/dovecot -c "$Folder/dovecot.conf" stop 2>&1 | Out-Null }.GetNewClosure()
    }
}

function Start-DovecotLmtpPeer([string] $Folder) {
    $port = Get-FreePort
    chmod 755 $Folder
    [void](New-Item -ItemType Directory "$Folder/mail")
    chown nobody "$Folder/mail"
    Set-Content "$Folder/dovecot.conf" @"
base_dir = $Folder/run
state_dir = $Folder/state
log_path = $Folder/dovecot.log
protocols = lmtp
listen = 127.0.0.1
ssl = no
mail_fsync = always
first_valid_uid = 0
mail_location = maildir:$Folder/mail/%u
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=$(id -u nobody) gid=$(id -g nobody) home=$Folder/mail/%u allow_all_users=yes
}
service lmtp {
  process_min_avail = 4
  client_limit = 1
  inet_listener lmtp {
    address = 127.0.0.1
    port = $port
  }
}
"@
    # Through a shell: a daemon that inherits our pipe would keep it open.
    & sh -c "exec /usr/sbin/dovecot -c '$Folder/dovecot.conf' >/dev/null 2>&1"
    Wait-Port $port
    [pscustomobject]@{
        LmtpPort = $port
        Stop = { & /usr/sbin/dovecot -c "$Folder/dovecot.conf" stop 2>&1 | Out-Null }.GetNewClosure()
    }
}

# .NET compiles what is hot while it runs, for about ten seconds of load: what is measured is a server that runs, not one that starts.
# Every peer gets the same seconds.
# A PostgreSQL in a folder, whose user mailops needs no password; nothing where there is none. It refuses to run as root, and is run as its own user.
function Start-PostgresPeer([string] $Folder) {
    $initdb = Get-ChildItem /usr/lib/postgresql/*/bin/initdb -ErrorAction Ignore | Select-Object -Last 1
    if (-not $initdb) { return }
    $bin, $port, $database = $initdb.DirectoryName, (Get-FreePort), (New-Item -ItemType Directory "$Folder/database")
    chown postgres $database
    $asUser = '--reuid=postgres', '--regid=postgres', '--clear-groups'
    & setpriv $asUser "$bin/initdb" -D $database -U mailops -A trust --no-sync > "$Folder/initdb.log"
    if ($LASTEXITCODE) { throw "initdb ended with $LASTEXITCODE." }
    $process = Start-Process setpriv -PassThru -ArgumentList ($asUser + "$bin/postgres", '-D', "$database", '-p', $port, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=') -RedirectStandardError "$Folder/postgres.log" -RedirectStandardOutput "$Folder/postgres.out"
    Wait-Port $port
    while (-not (Select-String 'ready to accept' "$Folder/postgres.log" -Quiet)) { Start-Sleep -Milliseconds 100 }
    [pscustomobject]@{ Store = "postgresql://mailops@127.0.0.1:$port/postgres?sslmode=disable"; Process = $process; Stop = { $process.Kill($true); $process.WaitForExit() }.GetNewClosure() }
}

function Invoke-WarmUp([scriptblock] $Load, [int] $Seconds) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    do { & $Load } while ($watch.Elapsed.TotalSeconds -lt $Seconds)
}

function Get-Median([double[]] $Value) {
    $sorted = @($Value | Sort-Object)
    $middle = [int][math]::Floor($sorted.Count / 2)
    if ($sorted.Count % 2) { $sorted[$middle] } else { ($sorted[$middle - 1] + $sorted[$middle]) / 2 }
}

Export-ModuleMember -Function *
