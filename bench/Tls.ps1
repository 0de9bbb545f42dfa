<#
.SYNOPSIS
Full TLS handshakes per second that MailOps' POP3 and Dovecot's take from openssl s_time, in the same run, with the same P-256 certificate.
.DESCRIPTION
Dovecot stands twice: as it is installed, with a process for each login, and with login processes that stay (service_count = 0), which its
manual calls the mode of high performance.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Clients = 4,
    [int] $Seconds = 5,
    [int] $Runs = 5,
    [int] $WarmUpSeconds = 10
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
foreach ($peer in 'dovecot', 'openssl') {
    if (-not (Test-Peer $peer)) { Write-Warning "$peer is missing: TLS is not measured."; return }
}

$folder = New-BenchFolder 'tls'
$certificate = "$folder/certificate.pem"
& openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout "$folder/key" -out "$folder/cert" 2>$null
Get-Content "$folder/cert", "$folder/key" | Set-Content $certificate
foreach ($name in 'dovecot', 'kept') { [void](New-Item -ItemType Directory "$folder/$name", "$folder/$name/mail") }
chown -R nobody "$folder/dovecot" "$folder/kept"
$servers = [ordered]@{
    'MailOps' = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-Pop3TlsPort 0', "-CertificatePath '$certificate'"
    'Dovecot' = Start-DovecotPeer "$folder/dovecot" "$folder/dovecot/mail" -Certificate $certificate
    'Dovecot, login processes kept' = Start-DovecotPeer "$folder/kept" "$folder/kept/mail" -Certificate $certificate -KeepLogins
}

# Connections of all clients together, each of which ends after its handshake.
function Measure-Handshakes([int] $Port, [string] $Version, [int] $Seconds) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $lines = & sh -c "for i in `$(seq $Clients); do openssl s_time -connect 127.0.0.1:$Port -new -time $Seconds -$Version 2>&1 & done; wait"
    $counts = @($lines | Select-String '^(\d+) connections in \d+ real seconds' | ForEach-Object { [int]$_.Matches[0].Groups[1].Value })
    if ($counts.Count -ne $Clients) { throw "openssl s_time failed: $($lines -join ' ')" }
    ($counts | Measure-Object -Sum).Sum / $watch.Elapsed.TotalSeconds
}

try {
    foreach ($version in 'tls1_3', 'tls1_2') {
        $rates = @{}
        foreach ($name in $servers.Keys) { [void](Measure-Handshakes $servers[$name].Pop3TlsPort $version $WarmUpSeconds) }
        foreach ($run in 1..$Runs) {
            foreach ($name in $servers.Keys) { $rates[$name] = @($rates[$name] | Where-Object { $_ }) + (Measure-Handshakes $servers[$name].Pop3TlsPort $version $Seconds) }
        }

        $ours = Get-Median $rates['MailOps']
        foreach ($name in $servers.Keys) {
            $median = Get-Median $rates[$name]
            [pscustomobject]@{
                Figure = "Full handshakes of TLS 1.$($version[-1]), $Clients clients, P-256"; Server = $name
                Median = [math]::Round($median); Unit = 'handshakes/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $median); Runs = $Runs
            }
        }
    }
}
finally {
    foreach ($server in $servers.Values) { & $server.Stop }
    Remove-BenchFolders
}
