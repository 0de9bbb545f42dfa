# What the specs share.
Set-StrictMode -Version 3

$script:Root = (Resolve-Path (Join-Path $PSScriptRoot .. ..)).ProviderPath
$script:ModuleManifest = Join-Path $Root out MailOps MailOps.psd1

<#
.SYNOPSIS
    The project's top folder, or a path below it.
#>
function Get-ProjectPath {
    [IO.Path]::Combine([string[]](@($Root) + $args))
}

<#
.SYNOPSIS
    A path inside a NuGet package that is restored: package id in lower case, version, then the path.
#>
function Get-PackagePath {
    $packages = $env:NUGET_PACKAGES ? $env:NUGET_PACKAGES : [IO.Path]::Combine([Environment]::GetFolderPath('UserProfile'), '.nuget', 'packages')
    $path = [IO.Path]::Combine([string[]](@($packages) + $args))
    if (-not (Test-Path -LiteralPath $path)) {
        throw "$path is missing. Build MailOps.sln first: it restores the packages that the tests use."
    }

    $path
}

<#
.SYNOPSIS
    Imports the built module, and with -TestCmdlets the cmdlets that exist for the specs alone.
#>
function Import-MailOps([switch] $TestCmdlets) {
    if (-not (Test-Path $ModuleManifest)) {
        throw "$ModuleManifest is missing. Run build.ps1 Build first."
    }

    Import-Module $ModuleManifest -Global
    if ($TestCmdlets) {
        Import-Module (Get-TestCmdletPath) -Global
    }
}

<#
.SYNOPSIS
    The manifest of the test cmdlets, of whichever configuration was built last.
#>
function Get-TestCmdletPath {
    Get-ChildItem -Path (Join-Path $Root tests MailOps.TestCmdlets bin * net10.0 MailOps.TestCmdlets.dll) |
        Sort-Object LastWriteTimeUtc -Descending |
        Select-Object -First 1 |
        ForEach-Object { [IO.Path]::ChangeExtension($_.FullName, 'psd1') }
}

<#
.SYNOPSIS
    A new, empty folder for a store; Remove-TestFolder takes it away.
#>
function New-TestFolder {
    [IO.Directory]::CreateTempSubdirectory('mailops-').FullName
}

<#
.SYNOPSIS
    Removes what New-TestFolder made.
#>
function Remove-TestFolder([string] $Path) {
    if ($Path -and (Test-Path -LiteralPath $Path)) {
        Remove-Item -LiteralPath $Path -Recurse -Force
    }
}

<#
.SYNOPSIS
    The command line that starts the PowerShell of this process once more: the .NET tool has no executable of its own.
#>
function Get-PwshCommand {
    $executable = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    (Test-Path $executable) ? @($executable) : @('dotnet', (Join-Path $PSHOME pwsh.dll))
}

<#
.SYNOPSIS
    Runs a script or a file in a new pwsh and returns what it writes; sets $LASTEXITCODE.
#>
function Invoke-Pwsh {
    param(
        [Parameter(Mandatory, ParameterSetName = 'Script', Position = 0)] [string] $Script,
        [Parameter(Mandatory, ParameterSetName = 'File')] [string] $File,
        [Parameter(ParameterSetName = 'File')] [string[]] $Arguments = @()
    )

    $PSNativeCommandUseErrorActionPreference = $false
    $command, $first = Get-PwshCommand
    $first = @($first | Where-Object { $_ }) + @('-NoProfile', '-NonInteractive')
    if ($File) {
        & $command @first -File $File @Arguments 2>&1
    }
    else {
        # Encoded: no quoting of a shell stands between.
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'; $Script"))
        & $command @first -OutputFormat Text -EncodedCommand $encoded 2>&1
    }
}

<#
.SYNOPSIS
    True where a peer that is missing is a failure: in CI and wherever MAILOPS_REQUIRE_PEERS is 1.
#>
function Test-PeersRequired {
    $env:MAILOPS_REQUIRE_PEERS -eq '1' -or $env:CI -eq 'true'
}

<#
.SYNOPSIS
    Call it first in a test that needs a program of another project: skips the test, loudly, if the program is missing.
    Where peers are required it fails instead.
#>
function Assert-Peer([Parameter(Mandatory)] [string[]] $Name) {
    $path = $env:PATH
    try {
        # Servers live where a user's PATH does not look.
        $env:PATH = @($path, '/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/lib/postfix/sbin', '/usr/lib/dovecot') -join [IO.Path]::PathSeparator
        $missing = @($Name | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) })
    }
    finally {
        $env:PATH = $path
    }

    if ($missing.Count -eq 0) {
        return
    }

    if (Test-PeersRequired) {
        throw "$($missing -join ', ') is not installed, and peers are required here (MAILOPS_REQUIRE_PEERS or CI is set). .ci/run installs them."
    }

    Write-Warning "SKIPPED: $($missing -join ', ') is not installed."
    Set-ItResult -Skipped -Because "$($missing -join ', ') is not installed"
}

<#
.SYNOPSIS
    Waits until a condition holds; throws when it does not in time.
#>
function Wait-Until([Parameter(Mandatory)] [scriptblock] $Condition, [int] $Seconds = 20, [string] $What = "$Condition") {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) {
            throw "Not within $Seconds s: $What"
        }

        [Threading.Thread]::Sleep(50)
    }
}

<#
.SYNOPSIS
    Starts a job in another thread of this process, which knows the servers of this process.
#>
function Start-ModuleJob([Parameter(Mandatory)] [scriptblock] $Script, $Argument) {
    Start-ThreadJob $Script -ArgumentList $Argument -InitializationScript ([scriptblock]::Create("Import-Module '$ModuleManifest'"))
}

# What a job wrote, once it has ended. One that removes itself while it ends (-AutoRemoveJob) is at times gone before it is removed, and that is an error.
function Receive-EndedJob {
    param([Parameter(Mandatory, ValueFromPipeline)] [Management.Automation.Job] $Job)

    process {
        try { $Job | Wait-Job | Receive-Job } finally { $Job | Remove-Job -Force }
    }
}

<#
.SYNOPSIS
    Runs Start-MailServer in a pwsh of its own, with the arguments as a script has them.
.OUTPUTS
    The server's ports, its Process, and Stop, a script block that stops it in good order.
#>
function Start-ServerProcess([Parameter(Mandatory)] [string] $Arguments) {
    $command, $first = Get-PwshCommand
    $script = "`$ErrorActionPreference = 'Stop'; Import-Module '$ModuleManifest'; `$server = Start-MailServer $Arguments; [Console]::Out.WriteLine((`$server | Select-Object Id, SmtpPort, SubmissionPort | ConvertTo-Json -Compress)); [void][Console]::In.ReadLine(); `$server | Stop-MailServer"
    $start = [Diagnostics.ProcessStartInfo]::new($command)
    @($first | Where-Object { $_ }) + @('-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $line = $process.StandardOutput.ReadLine()
    if (-not $line) { throw "No server started: $($process.StandardError.ReadToEnd())" }
    $line | ConvertFrom-Json | Add-Member -PassThru -NotePropertyMembers @{
        Process = $process
        Stop = {
            if ($process.HasExited) { return }
            $process.StandardInput.WriteLine()
            if (-not $process.WaitForExit(30000)) { $process.Kill(); throw 'The server did not stop within 30 s.' }
        }.GetNewClosure()
    }
}

Export-ModuleMember -Function *
