#Requires -Version 7.6

<#
.SYNOPSIS
What a batch of very many mailboxes costs beside the copying: to begin, to look at, to hold, to go on with and to bring up to date when nothing changed.
.DESCRIPTION
The mailboxes are Maildirs with a message each, and are copied into Maildirs. The worker is a process of its own. Stores are a file of SQLite and a PostgreSQL of the bench's own.
.PARAMETER Mailboxes
How many mailboxes.
.PARAMETER Store
Which stores.
.PARAMETER AtOnce
How many mailboxes the worker has under way at once.
#>
[CmdletBinding()]
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Mailboxes = 10000,
    [ValidateSet('SQLite', 'PostgreSQL')] [string[]] $Store = ('SQLite', 'PostgreSQL'),
    [int] $AtOnce = 4
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Peers.psm1" -Force
$Module = (Resolve-Path $Module).Path
Import-Module $Module
$folder = New-BenchFolder 'batch'

function Get-Figure([string] $What, [scriptblock] $Do) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Do
    Write-Verbose "${kind}: ${What}: $([math]::Round($watch.Elapsed.TotalSeconds, 2)) s"
    [pscustomobject]@{ Figure = "$What, $('{0:n0}' -f $Mailboxes) mailboxes"; Store = $kind; Median = [math]::Round($watch.Elapsed.TotalSeconds, 2); Unit = 's'; Runs = 1 }
}

# A worker until nothing is left to do: how long it takes with its start, and the most memory it had.
function Get-WorkerFigure([string] $What) {
    $script = "`$ProgressPreference = 'Ignore'; Import-Module '$Module'; Start-MailMigrationWorker -Store '$at' -Mailboxes $AtOnce -WorkPath '$folder/work-$kind' -UntilIdle | Out-Null"
    $program = [Environment]::ProcessPath
    # The .NET tool has no executable of its own: dotnet runs it.
    $first = @(if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { Join-Path $PSHOME pwsh.dll })
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $process = Start-Process $program -PassThru -ArgumentList ($first + '-NoProfile', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -RedirectStandardOutput "$folder/worker.log" -RedirectStandardError "$folder/worker.err"
    $peak = $told = $busy = 0
    while (-not $process.WaitForExit(200)) {
        $process.Refresh()
        if ($process.HasExited) { break }
        $busy = [math]::Max($busy, $process.TotalProcessorTime.TotalMilliseconds)
        $peak = [math]::Max($peak, $process.WorkingSet64)
        if ($VerbosePreference -eq 'Continue' -and $watch.Elapsed.TotalSeconds -gt $told + 10) {
            $told = $watch.Elapsed.TotalSeconds
            Write-Verbose (Get-MailMigration -Store $at | ForEach-Object { "$($_.Name): $($_.QueuedCount) queued, $($_.SyncedCount) synced, $([math]::Round($_.Rate, 1))/s, $($_.Remaining)" } | Out-String)
        }
    }

    if ($process.ExitCode -or (Get-Item "$folder/worker.err").Length) { throw "The worker ended with $($process.ExitCode): $(Get-Content "$folder/worker.err" -Raw)" }
    $seconds = $watch.Elapsed.TotalSeconds
    Write-Verbose "${kind}: ${What}: $([math]::Round($seconds, 1)) s, $([math]::Round($peak / 1MB)) MiB, $([math]::Round($busy / $Mailboxes, 1)) ms of a processor for each"
    [pscustomobject]@{ Figure = "$What, $('{0:n0}' -f $Mailboxes) mailboxes, $AtOnce at once"; Store = $kind; Median = [math]::Round($seconds, 1); Unit = 's'; Runs = 1 }
    [pscustomobject]@{ Figure = "$What, for a mailbox"; Store = $kind; Median = [math]::Round($seconds * 1000 / $Mailboxes, 1); Unit = 'ms'; Runs = 1 }
    [pscustomobject]@{ Figure = "$What, a processor's time for a mailbox"; Store = $kind; Median = [math]::Round($busy / $Mailboxes, 1); Unit = 'ms'; Runs = 1 }
    [pscustomobject]@{ Figure = "$What, memory of the worker"; Store = $kind; Median = [math]::Round($peak / 1MB); Unit = 'MiB'; Runs = 1 }
}

try {
    foreach ($number in 1..$Mailboxes) {
        foreach ($part in 'cur', 'new', 'tmp') { $null = [IO.Directory]::CreateDirectory("$folder/from/$number/$part") }
        [IO.File]::WriteAllText("$folder/from/$number/cur/1700000000.M$number.bench:2,S", "From: a@example.com`r`nSubject: $number`r`n`r`n$('x' * 500)`r`n")
    }

    foreach ($kind in $Store) {
        $postgres = $null
        if ($kind -eq 'PostgreSQL' -and -not ($postgres = Start-PostgresPeer "$folder/postgres")) {
            Write-Warning 'postgresql is missing: batches in it are not measured.'
            continue
        }

        try {
            $at = $postgres ? $postgres.Store : "$folder/migrations.db"
            $rows = 1..$Mailboxes | ForEach-Object { [pscustomobject]@{ Identity = "user$_@example.com"; From = "maildir:$folder/from/$_"; To = "maildir:$folder/to-$kind/$_" } }
            $rows | Select-Object Identity, From, @{ n = 'To'; e = { $_.To -replace 'to-', 'csv-' } } | Export-Csv "$folder/users.csv"
            # The first makes the store.
            $null = [pscustomobject]@{ From = "maildir:$folder/from/1"; To = "maildir:$folder/first-$kind" } | Start-MailMigration first -Store $at -WarningAction Ignore
            Remove-MailMigration first -Store $at -Confirm:$false
            Get-Figure 'Start-MailMigration, pipeline' { $rows | Start-MailMigration piped -Store $at -WarningAction Ignore }
            Get-Figure 'Start-MailMigration, CSV' { Start-MailMigration csv -CsvPath "$folder/users.csv" -Store $at -WarningAction Ignore }
            Get-Figure 'Get-MailMigration' { Get-MailMigration piped -Store $at }
            Get-Figure 'Get-MailMigrationUser' { Get-MailMigrationUser piped -Store $at }
            Get-Figure 'Stop-MailMigration' { Stop-MailMigration csv -Store $at }
            Get-Figure 'Remove-MailMigration' { Remove-MailMigration csv -Store $at -Confirm:$false }
            Get-Figure 'Suspend-MailMigration' { Suspend-MailMigration piped -Store $at }
            Get-Figure 'Resume-MailMigration of users from the pipeline' { Get-MailMigrationUser piped -Status Suspended -Store $at | Resume-MailMigration -Store $at -WarningAction Ignore }
            Get-WorkerFigure 'First pass'
            $batch = Get-MailMigration piped -Store $at
            if ($batch.Status -ne 'Synced' -or $batch.Done -ne $Mailboxes) { throw "$($batch.Status), $($batch.Done) messages: $((Get-MailMigrationUser piped -Status Failed -Store $at).Error | Select-Object -First 1)" }
            Get-Figure 'Resume-MailMigration' { Resume-MailMigration piped -Store $at -WarningAction Ignore }
            Get-WorkerFigure 'Increment in which nothing changed'
            Get-Figure 'Remove-MailMigration, with journals' { Remove-MailMigration piped -Store $at -Confirm:$false }
        }
        finally {
            if ($postgres) { & $postgres.Stop }
        }
    }
}
finally {
    Remove-BenchFolders
}
