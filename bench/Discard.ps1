<#
.SYNOPSIS
SMTP without a disk: messages per second that MailOps and the SmtpServer package take when neither keeps them, in the same run.
#>
param(
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Messages = 20000,
    [int] $Sessions = 20,
    [int] $Length = 4096,
    [int] $Runs = 5,
    [int] $WarmUpSeconds = 10
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not (Test-Peer smtp-source)) { Write-Warning 'smtp-source (Debian package postfix) is missing: SMTP without a disk is not measured.'; return }

foreach ($kept in $false, $true) {
    $rates = [ordered]@{ 'MailOps' = @(); 'SmtpServer package' = @() }
    foreach ($run in 1..$Runs) {
        foreach ($name in @($rates.Keys)) {
            $server = Start-BenchProgram $BenchProgram @($name -eq 'MailOps' ? 'discard' : 'smtpserver-discard')
            try {
                $source = @(if ($kept) { '-d' }) + '-s', "$Sessions", '-l', "$Length", '-f', 'a@example.org', '-t', 'b@example.com'
                Invoke-WarmUp { & smtp-source @source -m 2000 "127.0.0.1:$($server.SmtpPort)" } $WarmUpSeconds
                $watch = [Diagnostics.Stopwatch]::StartNew()
                & smtp-source @source -m $Messages "127.0.0.1:$($server.SmtpPort)"
                if ($LASTEXITCODE) { throw 'smtp-source failed.' }
                $rates[$name] += $Messages / $watch.Elapsed.TotalSeconds
            }
            finally { & $server.Stop }
        }
    }

    $ours = Get-Median $rates['MailOps']
    foreach ($name in $rates.Keys) {
        $median = Get-Median $rates[$name]
        [pscustomobject]@{
            Figure = "SMTP without a disk, $Sessions sessions, $($Length / 1KB) KiB, $($kept ? 'kept connections' : 'a connection each')"; Server = $name
            Median = [math]::Round($median); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x' -f ($ours / $median); Runs = $Runs
        }
    }
}
