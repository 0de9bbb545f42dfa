<#
.SYNOPSIS
What clients that do nothing cost: private memory of the server for 10,000 of them, and how long one more client waits meanwhile.
.DESCRIPTION
Clients of SMTP, POP3 and IMAP that have read the greeting and say nothing; and clients of a TLS port that never begin with TLS, for which
the server has to wait. Each load is measured with a server of its own. There is no peer: other servers give each client a process.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [string] $BenchProgram = "$PSScriptRoot/../out/bench/MailOps.Bench.dll",
    [int] $Clients = 10000,
    [int] $Runs = 5
)
Import-Module "$PSScriptRoot/Peers.psm1" -Force
if (-not $IsLinux) { Write-Warning 'Private memory is read as Linux tells it: clients that do nothing are not measured.'; return }
$handles = [int]((Get-Content /proc/self/limits | Select-String 'Max open files').Line -split '\s+')[3]
if ($handles -lt $Clients + 500) { Write-Warning "This shell may open $handles files, and $Clients clients need more (ulimit -n): clients that do nothing are not measured."; return }

function Get-PrivateMemory([int] $Id) {
    # What is not shared with files: RssAnon, in KiB.
    [int]((Get-Content "/proc/$Id/status" | Select-String '^RssAnon:').Line -split '\s+')[1] / 1024
}

# What the clients of a verb of the bench program cost a server, and how long what it does for a line of input takes them.
function Measure-Client($Server, [string[]] $Arguments, [string] $Cost, [string] $Wait) {
    try {
        $before = Get-PrivateMemory $Server.Process.Id
        $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
        , $BenchProgram + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $program = [Diagnostics.Process]::Start($start)
        try {
            if ($program.StandardOutput.ReadLine() -ne 'open') { throw 'The clients could not be opened.' }
            Start-Sleep -Seconds 3
            $after = Get-PrivateMemory $Server.Process.Id
            # The first one has its code compiled.
            $waits = foreach ($run in 0..$Runs) {
                $program.StandardInput.WriteLine('next')
                [double]$program.StandardOutput.ReadLine()
            }
        }
        finally {
            $program.StandardInput.Close()
            if (-not $program.WaitForExit(20000)) { $program.Kill() }
        }

        [pscustomobject]@{ Figure = $Cost; Server = 'MailOps'; Median = [math]::Round($after - $before, 1); Unit = 'MiB of private memory'; 'MailOps is' = ''; Runs = 1 }
        [pscustomobject]@{ Figure = $Wait; Server = 'MailOps'; Median = Get-Median ($waits | Select-Object -Skip 1); Unit = 'ms'; 'MailOps is' = ''; Runs = $Runs }
    }
    finally { & $Server.Stop }
}

function Measure-Idle([string] $Name, [string] $Property, [string] $Mode) {
    $server = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$(New-BenchFolder 'idle')/store" -Ports "-$Property 0", "-MaxConnections $($Clients + 100)"
    Measure-Client $server @('idle', "$($server.$Property)", "$Clients", $Mode) "$Clients idle clients, $Name" "$Clients idle clients, $Name, the next one's greeting"
}

# A hundred clients for each account, all in IDLE; then one message for each account.
function Measure-Waiting {
    $folder = New-BenchFolder 'waiting'
    [void](New-Item -ItemType Directory "$folder/store")
    Set-Content "$folder/store/users" (0..([math]::Ceiling($Clients / 100) - 1) | ForEach-Object { "c$_@example.com:{PLAIN}secret::::::" })
    $server = Start-MailOpsPeer -Module (Resolve-Path $Module) -StorePath "$folder/store" -Ports '-ImapPort 0', "-MaxConnections $($Clients + 500)", '-AllowPlaintextLogin' -WithAccounts
    Measure-Client $server @('imap-idle', "$($server.ImapPort)", "$Clients") "$Clients clients in IDLE" "$Clients clients in IDLE, all told of a new message"
}

try {
    Measure-Waiting
    Measure-Idle 'SMTP' SmtpPort plain
    Measure-Idle 'POP3' Pop3Port plain
    Measure-Idle 'IMAP before login' ImapPort plain
    Measure-Idle 'IMAP over TLS that never begin with TLS' ImapTlsPort tls
}
finally { Remove-BenchFolders }
