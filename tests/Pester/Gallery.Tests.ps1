# The way of the module through a gallery, with a folder as the gallery: published, installed into an empty place, used.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    $folder = New-TestFolder
    $repository = "MailOpsSpec$([guid]::NewGuid().ToString('n').Substring(0, 8))"
    $null = New-Item -ItemType Directory -Path (Join-Path $folder gallery), (Join-Path $folder modules)
    Register-PSResourceRepository -Name $repository -Uri (Join-Path $folder gallery) -Trusted
}

AfterAll {
    Unregister-PSResourceRepository -Name $repository
    Remove-TestFolder $folder
}

Describe 'A gallery' {
    It 'takes the module, and tells what it is' {
        Publish-PSResource -Path (Get-ProjectPath out MailOps) -Repository $repository
        $found = Find-PSResource -Name MailOps -Repository $repository
        $found.Version | Should -Be ([version](Import-PowerShellDataFile (Get-ProjectPath MailOps.psd1)).ModuleVersion)
    }

    It 'gives it to an empty place' {
        Save-PSResource -Name MailOps -Repository $repository -Path (Join-Path $folder modules) -TrustRepository
        $installed = Get-ChildItem (Join-Path $folder modules MailOps) -Directory
        $installed | Should -HaveCount 1
        $installed.EnumerateFiles('*', 'AllDirectories').Name | Should -Contain 'MailOps.Cmdlets.dll-Help.xml'
    }

    It 'and there it is found by name in a new pwsh, and runs the quick start' {
        # A copy of the script alone: beside it there is no built module to fall back on.
        $script = Join-Path $folder QuickStart.ps1
        Copy-Item -LiteralPath (Get-ProjectPath examples QuickStart.ps1) -Destination $script
        $output = Invoke-Pwsh "`$env:PSModulePath = '$(Join-Path $folder modules)' + [IO.Path]::PathSeparator + `$env:PSModulePath; Import-Module MailOps; (Get-Module MailOps).Path; & '$script'"
        $output[0] | Should -BeLike "$folder*"
        $output[-1] | Should -Be 'Done.' -Because ($output -join "`n")
    }

    It 'gets the package that build.ps1 Package makes' {
        $pwsh, $first = Get-PwshCommand
        $package = & $pwsh @($first | Where-Object { $_ }) -NoProfile -File (Get-ProjectPath build.ps1) Package
        $file = @($package | Where-Object { "$_" -like '*.nupkg' })[0]
        $file | Should -Exist
        $zip = [IO.Compression.ZipFile]::OpenRead($file)
        try {
            foreach ($platform in 'win-x64', 'linux-x64', 'linux-arm64', 'osx-arm64') {
                $zip.Entries.FullName | Should -Contain "Dependencies/runtimes/$platform/lib/net10.0/MailOps.Client.dll"
            }
        }
        finally {
            $zip.Dispose()
        }
    }
}
