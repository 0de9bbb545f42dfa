<#
.SYNOPSIS
    Builds, tests and measures MailOps.
.DESCRIPTION
    On a machine with only the .NET SDK:

        dotnet tool restore && dotnet pwsh -NoProfile ./build.ps1 TASK

    Build       makes out/MailOps/ as the gallery ships it, compiled ahead of time for this platform alone
    Test        runs all tests: xunit, Pester and interop with real peers
    Quickstart  runs examples/QuickStart.ps1 on the built module
    Bench       measures import, receiving and reading beside other servers
    Docs        writes docs/cmdlets/ from the comments in the code
    Package     makes out/package/MailOps.VERSION.nupkg, compiled ahead of time for all platforms

    Test, Quickstart, Bench and Package build first if a source is newer than the last build.
.PARAMETER Task
    What to do. Without it this text is shown.
.PARAMETER Filter
    Test: only test projects and spec files whose name matches this wildcard pattern. Bench: only such measurements.
.EXAMPLE
    ./build.ps1 Test
.EXAMPLE
    ./build.ps1 Test -Filter Pump*
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Quickstart', 'Bench', 'Docs', 'Package')]
    [string] $Task,

    [string] $Filter = '*'
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$ProgressPreference = 'SilentlyContinue'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

$root = $PSScriptRoot
$out = Join-Path $root 'out'
$module = Join-Path $out 'MailOps'
$published = Join-Path $out 'publish'

# What PowerShell itself brings, for the platform it runs on: the context of our dependencies falls back on it.
$fromPowerShell = 'System.Security.Cryptography.Pkcs.dll'

# Where a native library of ours can be loaded; packages bring theirs for many more.
$platforms = 'win-x64', 'win-arm64', 'linux-x64', 'linux-arm64', 'linux-musl-x64', 'linux-musl-arm64', 'osx-x64', 'osx-arm64'

# What is compiled ahead of time, so that the first cmdlet of a session does not wait for the compiler, and for which platforms. Elsewhere, and for all
# else, the code is compiled when it is run. Core and Server call the system and ask for errno: where such a call was compiled ahead of time, the runtime
# may look for the method that reads errno first, and errno is another by then.
$precompiled = 'MailOps.Client.dll', 'MailKit.dll', 'MimeKit.dll', 'DnsClient.dll',
    'Microsoft.Data.Sqlite.dll', 'SQLitePCLRaw.batteries_v2.dll', 'SQLitePCLRaw.core.dll', 'SQLitePCLRaw.provider.e_sqlite3.dll'
$precompiledPlatforms = 'win-x64', 'linux-x64', 'linux-arm64', 'osx-arm64'

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $args failed with exit code $LASTEXITCODE"
    }
}

function Invoke-HelpGenerator([string[]] $Writing) {
    Invoke-Dotnet run --project (Join-Path $root tools MailOps.HelpGenerator) -c Release -v quiet -- --module $module --comments $published --powershell $PSHOME @Writing
}

function Test-Stale {
    $manifest = Join-Path $module 'MailOps.psd1'
    if (-not (Test-Path $manifest)) {
        return $true
    }

    $built = (Get-Item $manifest).LastWriteTimeUtc
    $sources = @(
        Get-ChildItem -LiteralPath $root -File
        Get-ChildItem -LiteralPath (Join-Path $root src), (Join-Path $root tools) -Recurse -File |
            Where-Object FullName -NotMatch '[\\/](bin|obj)[\\/]'
    )
    [bool]($sources | Where-Object { $_.LastWriteTimeUtc -gt $built } | Select-Object -First 1)
}

function Get-ThisPlatform {
    $system = $IsWindows ? 'win' : $IsMacOS ? 'osx' : 'linux'
    "$system-$([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
}

# As packages lay out what is for one platform alone. DependencyContext looks there first.
function Add-Precompiled([string] $Platform) {
    $folder = Join-Path $module Dependencies runtimes $Platform lib net10.0
    if (Test-Path $folder) {
        return
    }

    $images = Join-Path $out "publish-$Platform"
    Invoke-Dotnet publish (Join-Path $root tools MailOps.Precompiled) -c Release -r $Platform "-p:From=$published" "-p:Names=$($precompiled -join '%3B')" -o $images -v quiet -nologo
    [void](New-Item -ItemType Directory -Path $folder)
    $precompiled | ForEach-Object { Join-Path $images $_ } | Copy-Item -Destination $folder
}

function Build-Module {
    Invoke-Dotnet publish (Join-Path $root src MailOps.Cmdlets) -c Release -o $published -v quiet -nologo
    if (Test-Path $module) {
        Remove-Item -LiteralPath $module -Recurse -Force
    }

    $dependencies = New-Item -ItemType Directory -Path (Join-Path $module Dependencies)
    $help = New-Item -ItemType Directory -Path (Join-Path $module en-US)
    Get-ChildItem -LiteralPath $published -Filter *.dll -File |
        Where-Object Name -NotIn 'MailOps.Cmdlets.dll', $fromPowerShell |
        Copy-Item -Destination $dependencies
    foreach ($platform in $platforms) {
        $native = New-Item -ItemType Directory -Path (Join-Path $dependencies runtimes $platform native)
        Copy-Item -Path (Join-Path $published runtimes $platform native *) -Destination $native
    }

    $precompiledPlatforms | Where-Object { $_ -eq (Get-ThisPlatform) } | ForEach-Object { Add-Precompiled $_ }
    Copy-Item -LiteralPath (Join-Path $published MailOps.Cmdlets.dll), (Join-Path $root MailOps.Format.ps1xml), (Join-Path $root MailOps.Types.ps1xml), (Join-Path $root LICENSE) -Destination $module
    Copy-Item -Path (Join-Path $root src MailOps.Cmdlets about_*.help.txt) -Destination $help
    Invoke-HelpGenerator '--maml', (Join-Path $help MailOps.Cmdlets.dll-Help.xml)

    # Last, since its time says when the build was complete.
    Copy-Item -LiteralPath (Join-Path $root MailOps.psd1) -Destination $module
    (Get-Item (Join-Path $module MailOps.psd1)).LastWriteTimeUtc = [datetime]::UtcNow
    Write-Host "Built $module"
}

function Build-ModuleIfStale {
    if (Test-Stale) {
        Build-Module
    }
}

switch ($Task) {
    'Build' { Build-Module }
    'Docs' {
        Build-ModuleIfStale
        Invoke-HelpGenerator '--markdown', (Join-Path $root docs cmdlets)
    }
    'Quickstart' {
        Build-ModuleIfStale
        & (Join-Path $root examples QuickStart.ps1)
    }
    'Test' {
        Build-ModuleIfStale
        Invoke-Dotnet build (Join-Path $root MailOps.sln) -c Release -v quiet -nologo
        & (Join-Path $root tests Run.ps1) -Filter $Filter
        exit $LASTEXITCODE
    }
    'Bench' {
        Build-ModuleIfStale
        & (Join-Path $root bench Run.ps1) -Filter $Filter
    }
    'Package' {
        Build-ModuleIfStale
        $precompiledPlatforms | ForEach-Object { Add-Precompiled $_ }
        $folder = New-Item -ItemType Directory -Path (Join-Path $out package) -Force
        Get-ChildItem -LiteralPath $folder -Filter *.nupkg | Remove-Item
        Compress-PSResource -Path $module -DestinationPath $folder -PassThru | ForEach-Object FullName
    }
    default {
        (Get-Help $PSCommandPath).description.Text
    }
}
