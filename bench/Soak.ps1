<#
.SYNOPSIS
A server under good and hostile clients for an hour: no message lost or doubled, memory, handles and threads flat.
.DESCRIPTION
Half of the clients deliver (SMTP with DATA and BDAT, TLS and logins; LMTP), read and delete (POP3) and look (IMAP); the other half say
nothing, drip, send garbage, lines without end, false logins, and die inside DATA. The server's private memory, open handles and threads
are sampled and written to -Log as they come. The verdict on each compares the median of the last quarter with that of the first, after
the warm-up.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Seconds = 3600,
    [int] $Sessions = 200,
    [int] $Seed = 1,
    [int] $SampleSeconds = 60,
    [int] $WarmUpSeconds = 300,
    # What the last quarter may be above the first.
    [double] $Tolerance = 0.1,
    [string] $Log = "$PSScriptRoot/../out/soak.csv"
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not $IsLinux) { Write-Warning 'Memory and handles are read as Linux tells them: the soak is not run.'; return }

function Get-Sample([int] $Id, [double] $At) {
    $status = Get-Content "/proc/$Id/status"
    [pscustomobject]@{
        Seconds = [math]::Round($At)
        MemoryMiB = [math]::Round([int](($status | Select-String '^RssAnon:').Line -split '\s+')[1] / 1024, 1)
        Handles = @(Get-ChildItem "/proc/$Id/fd" -ErrorAction Ignore).Count
        Threads = [int](($status | Select-String '^Threads:').Line -split '\s+')[1]
    }
}

$folder = New-BenchFolder 'soak'
[void](New-Item -ItemType Directory "$folder/store")
# Passwords in the clear: what is soaked are the servers, not Argon2. Loopback is never locked; the account that is attacked is nobody's.
@(0..19 | ForEach-Object { "user$_@example.com:{PLAIN}right" }) + 'victim@example.com:{PLAIN}right' | Set-Content "$folder/store/users"
$server = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -WithAccounts -Ports '-SmtpPort 0', '-LmtpPort 0', '-Pop3Port 0', '-ImapPort 0', '-AllowSmtpLogin', '-AllowPlaintextLogin', '-MaxAccountMessagesPerDay 0', '-MaxAccountRecipientsPerDay 0'
try {
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $BenchProgram, 'soak', "$($server.SmtpPort),$($server.LmtpPort),$($server.Pop3Port),$($server.ImapPort)", "$folder/store", "$Sessions", "$Seconds", "$Seed" | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardOutput = $true
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $program = [Diagnostics.Process]::Start($start)
    $output = $program.StandardOutput.ReadToEndAsync()
    Set-Content $Log 'Seconds,MemoryMiB,Handles,Threads'
    $samples = while (-not $program.WaitForExit($SampleSeconds * 1000)) {
        if ($server.Process.HasExited) { $program.Kill(); throw "The server ended after $([math]::Round($watch.Elapsed.TotalSeconds)) s." }
        # After the last second come the goodbyes, and the look at the store.
        if ($watch.Elapsed.TotalSeconds -le $Seconds) {
            $sample = Get-Sample $server.Process.Id $watch.Elapsed.TotalSeconds
            Add-Content $Log "$($sample.Seconds),$($sample.MemoryMiB),$($sample.Handles),$($sample.Threads)"
            $sample
        }
    }
    $lines = $output.Result -split "`n"
    Add-Content $Log ($lines | ForEach-Object { "# $_" })
}
finally {
    & $server.Stop
    Remove-BenchFolders
}

$measured = @($samples | Where-Object Seconds -GE $WarmUpSeconds)
$quarter = [math]::Floor($measured.Count / 4)
$figures = foreach ($name in 'MemoryMiB', 'Handles', 'Threads') {
    if ($quarter -lt 1) { Write-Warning "$($measured.Count) samples after the warm-up tell nothing about $name."; continue }
    $first = Get-Median @($measured[0..($quarter - 1)].$name)
    $last = Get-Median @($measured[(-$quarter)..-1].$name)
    [pscustomobject]@{ Figure = $name; First = $first; Last = $last; Verdict = if ($last -le $first * (1 + $Tolerance)) { 'flat' } else { 'grows' } }
}
$total = @($lines | Where-Object { $_ -like "messages`t*" })
if (-not $total) { throw "The clients broke down; see $Log." }
$messages = $total[0].Trim() -split "`t"
$figures
[pscustomobject]@{ Figure = 'Messages lost or doubled'; First = "$($messages[1]) acknowledged"; Last = "$($messages[4]) lost, $($messages[5]) doubled"; Verdict = if ($messages[4] -eq 0 -and $messages[5] -eq 0) { 'whole' } else { 'broken' } }
$unexpected = ($lines | Where-Object { $_ -like "unexpected`t*" }).Trim() -split "`t"
[pscustomobject]@{ Figure = 'Good clients answered as they should not'; First = 0; Last = $unexpected[1]; Verdict = if ($unexpected[1] -eq 0) { 'none' } else { "see $Log" } }
