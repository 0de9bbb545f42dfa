#Requires -Version 7.6

<#
.SYNOPSIS
Searches in a tracking log, through the module, beside grep over the same files in the same run; what a search takes of memory; and what
writing the log costs a server that receives.
.DESCRIPTION
The log is one of 30 days, three rows a message, its lines made by the server's own writer; it is in the page cache for all who search.
Get-MailTrackingLog gives objects, in any case of letters; grep gives lines: as fast as it can (-F in the C locale), and in any case of letters (-i).
Receiving is measured in pairs, with the log and without, in turns; the ratio is the median of those of the pairs. The CPU that the
server used is told too, which other programs of the machine disturb less.
.PARAMETER Rows
Rows of the log.
.PARAMETER Runs
Runs of each search; the median counts.
.PARAMETER Pairs
Pairs of runs of a server that receives; 0 for none.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Rows = 5000000,
    [int] $Runs = 5,
    [int] $Pairs = 9,
    [int] $Messages = 4000,
    [int] $WarmUpSeconds = 10
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
Import-Module $Module -Force
$figure = "Search in a tracking log of $('{0:n0}' -f $Rows) rows"

function Measure-Seconds([scriptblock] $Search) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $count = & $Search
    [pscustomobject]@{ Seconds = $watch.Elapsed.TotalSeconds; Count = [int]$count }
}

# In a pwsh of its own: the most memory that the process had before, and after.
function Measure-SearchMemory([string] $Store, [string] $Arguments) {
    $script = "Import-Module '$((Resolve-Path $Module).Path)'; `$empty = New-Item -ItemType Directory '$Store/empty' -Force; `$null = Get-MailTrackingLog -StorePath `$empty $Arguments; " +
        "function Get-Peak { [int64]((Get-Content /proc/self/status | Select-String VmHWM).Line -replace '\D') * 1KB }; `$before = Get-Peak; `$null = Get-MailTrackingLog -StorePath '$Store' $Arguments; (Get-Peak) - `$before"
    $pwsh = [Environment]::ProcessPath
    [string[]] $tool = if ([IO.Path]::GetFileNameWithoutExtension($pwsh) -eq 'dotnet') { Join-Path $PSHOME pwsh.dll }
    [double](& $pwsh @tool -NoProfile -NonInteractive -Command $script | Select-Object -Last 1)
}

function Measure-Receiving([string[]] $Switch) {
    $folder = New-BenchFolder 'tracking'
    $server = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports (@('-SmtpPort 0') + $Switch)
    try {
        $source = '-s', '20', '-l', '4096', '-f', 'a@example.org', '-t', 'b@example.com'
        Invoke-WarmUp { & smtp-source @source -m 500 "127.0.0.1:$($server.SmtpPort)" } $WarmUpSeconds
        $server.Process.Refresh()
        $used = $server.Process.TotalProcessorTime
        $watch = [Diagnostics.Stopwatch]::StartNew()
        & smtp-source @source -m $Messages "127.0.0.1:$($server.SmtpPort)"
        if ($LASTEXITCODE) { throw 'smtp-source failed.' }
        $seconds = $watch.Elapsed.TotalSeconds
        # What is still written behind the last answer counts.
        Start-Sleep -Milliseconds 500
        $server.Process.Refresh()
        [pscustomobject]@{ Rate = $Messages / $seconds; Cpu = ($server.Process.TotalProcessorTime - $used).TotalMicroseconds / $Messages }
    }
    finally { & $server.Stop }
}

$store = New-BenchFolder 'log'
try {
    & dotnet $BenchProgram tracking $store $Rows
    if ($LASTEXITCODE) { throw 'The log was not made.' }
    $files = (Get-ChildItem "$store/tracking/*.log").FullName
    $middle = [DateTimeOffset]::new([datetime]::UtcNow.Date, [timespan]::Zero).AddDays(-15).AddHours(12)
    # Each has what the cmdlet is asked for, and what grep is to find the same lines by.
    $searches = [ordered]@{
        'by sender' = @{ Arguments = @{ Sender = 'sender4711@example.com' }; Grep = "`tsender4711@example.com`t" }
        'by sender, with wildcards' = @{ Arguments = @{ Sender = '*4711@example.com' }; Grep = '4711@example.com' }
        'by recipient' = @{ Arguments = @{ Recipient = 'recipient4711@customer723.example' }; Grep = "`trecipient4711@customer723.example`t" }
        'by Message-ID' = @{ Arguments = @{ MessageId = '<00001267.1267@mail.example.com>' }; Grep = '<00001267.1267@mail.example.com>' }
        'by a word of the subject that none has' = @{ Arguments = @{ Subject = 'invoice' }; Grep = 'invoice' }
        'ten minutes' = @{ Arguments = @{ Start = $middle; End = $middle.AddMinutes(10) }; Grep = $middle.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm").Substring(0, 15) }
    }
    foreach ($name in $searches.Keys) {
        $arguments = $searches[$name].Arguments
        $text = $searches[$name].Grep
        $ways = [ordered]@{
            'MailOps' = { @(Get-MailTrackingLog -StorePath $store -ResultSize Unlimited @arguments).Count }
            'grep -F, C locale' = { @(sh -c 'LC_ALL=C exec grep -hF -- "$0" "$@"' $text $files).Count }
            'grep -iF' = { @(sh -c 'LC_ALL=C.UTF-8 exec grep -hiF -- "$0" "$@"' $text $files).Count }
        }
        $found = @{}
        foreach ($run in 0..$Runs) {
            foreach ($way in $ways.Keys) {
                $one = Measure-Seconds $ways[$way]
                if ($run) { $found[$way] = @($found[$way] | Where-Object { $_ }) + $one }
            }
        }

        $ours = Get-Median $found['MailOps'].Seconds
        foreach ($way in $ways.Keys) {
            $median = Get-Median $found[$way].Seconds
            [pscustomobject]@{ Figure = "$figure $name, $($found[$way][0].Count) found"; Server = $way; Median = [math]::Round(1000 * $median); Unit = 'ms'; 'MailOps is' = '{0:n2} x as fast' -f ($median / $ours); Runs = $Runs }
        }
    }

    foreach ($search in '-Sender sender4711@example.com', '-EventId DEFER -ResultSize Unlimited | Measure-Object') {
        $memory = foreach ($run in 1..3) { Measure-SearchMemory $store $search }
        [pscustomobject]@{ Figure = "Memory of a search, $search"; Server = 'MailOps'; Median = [math]::Round((Get-Median $memory) / 1MB, 1); Unit = 'MiB'; 'MailOps is' = ''; Runs = 3 }
    }

    if ($Pairs -and -not (Test-Peer smtp-source)) { Write-Warning 'smtp-source (Debian package postfix) is missing: receiving is not measured.'; return }
    $rates = foreach ($pair in 1..$Pairs) {
        # Each is the first as often as the second.
        if ($pair % 2) { $with = Measure-Receiving @(); $without = Measure-Receiving '-NoTrackingLog' }
        else { $without = Measure-Receiving '-NoTrackingLog'; $with = Measure-Receiving @() }
        [pscustomobject]@{ With = $with.Rate; Without = $without.Rate; Ratio = $with.Rate / $without.Rate; CpuWith = $with.Cpu; CpuWithout = $without.Cpu; CpuRatio = $with.Cpu / $without.Cpu }
    }
    if ($Pairs) {
        $what = 'Durable receive, 20 sessions, 4 KiB'
        [pscustomobject]@{ Figure = $what; Server = 'MailOps with its tracking log'; Median = [math]::Round((Get-Median $rates.With)); Unit = 'messages/s'; 'MailOps is' = '{0:n2} x of without' -f (Get-Median $rates.Ratio); Runs = $Pairs }
        [pscustomobject]@{ Figure = $what; Server = 'MailOps -NoTrackingLog'; Median = [math]::Round((Get-Median $rates.Without)); Unit = 'messages/s'; 'MailOps is' = ''; Runs = $Pairs }
        [pscustomobject]@{ Figure = "$what, CPU of the server"; Server = 'MailOps with its tracking log'; Median = [math]::Round((Get-Median $rates.CpuWith)); Unit = 'us a message'; 'MailOps is' = '{0:n2} x of without' -f (Get-Median $rates.CpuRatio); Runs = $Pairs }
        [pscustomobject]@{ Figure = "$what, CPU of the server"; Server = 'MailOps -NoTrackingLog'; Median = [math]::Round((Get-Median $rates.CpuWithout)); Unit = 'us a message'; 'MailOps is' = ''; Runs = $Pairs }
    }
}
finally { Remove-BenchFolders }
