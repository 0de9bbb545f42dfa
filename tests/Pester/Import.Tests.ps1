# What importing the module does, and what it leaves alone.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    $manifest = Get-ProjectPath out MailOps MailOps.psd1
    Import-MailOps
}

Describe 'The manifest' {
    It 'is valid' {
        (Test-ModuleManifest $manifest).Name | Should -Be 'MailOps'
    }

    It 'exports exactly the cmdlets that the assembly has' {
        $listed = (Import-PowerShellDataFile $manifest).CmdletsToExport
        $there = [AppDomain]::CurrentDomain.GetAssemblies() |
            Where-Object { $_.GetName().Name -eq 'MailOps.Cmdlets' } |
            ForEach-Object { $_.GetExportedTypes() } |
            ForEach-Object { $_.GetCustomAttributes([Management.Automation.CmdletAttribute], $false) } |
            ForEach-Object { "$($_.VerbName)-$($_.NounName)" }
        $listed | Sort-Object | Should -Be ($there | Sort-Object)
        (Get-Command -Module MailOps).Name | Sort-Object | Should -Be ($listed | Sort-Object)
    }

    It 'says what the gallery wants to know' {
        $data = (Import-PowerShellDataFile $manifest).PrivateData.PSData
        $data.Tags | Should -Not -BeNullOrEmpty
        $data.LicenseUri | Should -Match '^https://'
        $data.ProjectUri | Should -Match '^https://'
        $data.ReleaseNotes | Should -Not -BeNullOrEmpty
    }

    It 'uses approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module MailOps).Verb | Where-Object { $_ -notin $approved } | Should -BeNullOrEmpty
    }
}

Describe 'The layout' {
    It 'has nothing at the top but what the gallery ships' {
        (Get-ChildItem (Split-Path $manifest)).Name | Sort-Object |
            Should -Be ('Dependencies', 'en-US', 'LICENSE', 'MailOps.Cmdlets.dll', 'MailOps.Format.ps1xml', 'MailOps.psd1', 'MailOps.Types.ps1xml')
    }

    It 'keeps every dependency out of the way' {
        (Get-ChildItem (Join-Path (Split-Path $manifest) Dependencies) -Filter *.dll).Name |
            Should -Contain 'MimeKit.dll'
    }

    It 'has SQLite for every platform, and nothing native besides' {
        $dependencies = Join-Path (Split-Path $manifest) Dependencies
        $native = Get-ChildItem (Join-Path $dependencies runtimes * native *) | ForEach-Object { [IO.Path]::GetRelativePath($dependencies, $_.FullName).Replace('\', '/') }
        $native | Sort-Object | Should -Be (@(
                foreach ($arch in 'arm64', 'x64') {
                    "runtimes/win-$arch/native/e_sqlite3.dll"
                    "runtimes/osx-$arch/native/libe_sqlite3.dylib"
                    "runtimes/linux-$arch/native/libe_sqlite3.so"
                    "runtimes/linux-musl-$arch/native/libe_sqlite3.so"
                }
            ) | Sort-Object)
    }

    It 'has what a first cmdlet runs compiled for this platform, and loads that' {
        $platform = "$($IsWindows ? 'win' : $IsMacOS ? 'osx' : 'linux')-$([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant()
        if ($platform -notin 'win-x64', 'linux-x64', 'linux-arm64', 'osx-arm64' -or [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier -match 'musl|alpine') {
            Set-ItResult -Skipped -Because "nothing is compiled ahead of time for $platform"
        }

        $compiled = Join-Path (Split-Path $manifest) Dependencies runtimes $platform lib net10.0
        foreach ($file in Get-ChildItem $compiled -Filter *.dll) {
            $reader = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead($file))
            try { $reader.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size | Should -BeGreaterThan 0 -Because $file.Name } finally { $reader.Dispose() }
        }

        $loaded = Invoke-Pwsh "Import-Module '$manifest'; `$null = New-MimeMessage -From a@example.org -To b@example.com -Subject x -Body x; [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -in 'MailOps.Client', 'MimeKit' } | ForEach-Object Location | Sort-Object"
        $loaded | Should -Be ('MailOps.Client', 'MimeKit' | ForEach-Object { Join-Path $compiled "$_.dll" })
    }
}

Describe 'Import' {
    It 'loads nothing of ours but the cmdlets, and no dependency' {
        # PowerShell has the runtime compile ahead, on another thread, what the pwsh before this one ran (ProfileOptimization), a cmdlet of ours for example, and load what that
        # needs: not here, by a processor count that no machine has. What is loaded although nothing asked for it says who did, on whichever thread.
        $before = $env:DOTNET_MultiCoreJitMinNumCpus
        $env:DOTNET_MultiCoreJitMinNumCpus = 'FFFF'
        $said = try {
            Invoke-Pwsh @"
Add-Type @'
public static class Loads
{
    public static void Tell() => System.AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
    {
        if (System.Text.RegularExpressions.Regex.IsMatch(loaded.LoadedAssembly.GetName().Name, @"^(MailOps|MimeKit|MailKit|DnsClient|BouncyCastle|Microsoft\.Data\.Sqlite|SQLitePCLRaw)"))
            System.Console.WriteLine(loaded.LoadedAssembly.GetName().Name + System.Environment.NewLine + System.Environment.StackTrace);
    };
}
'@
[Loads]::Tell()
Import-Module '$manifest'
'end'
"@
        }
        finally {
            $env:DOTNET_MultiCoreJitMinNumCpus = $before
        }

        @($said) -notmatch '^   at ' | Should -Be 'MailOps.Cmdlets', 'end' -Because ($said -join "`n")
    }

    It 'leaves the session as it was when the module is removed' {
        $left = Invoke-Pwsh "Import-Module '$manifest'; Remove-Module MailOps; @(Get-Command *-MailServer, *-MailAccount, Send-RawSmtp -ErrorAction Ignore | Where-Object Source -EQ MailOps | Where-Object { -not `$_.Module.Path.Contains('Modules') }).Count; (Get-Module MailOps).Count"
        $left | Should -Be ('0', '0')
    }

    It 'can be repeated, by force too' {
        Invoke-Pwsh "Import-Module '$manifest'; Import-Module '$manifest' -Force; Remove-Module MailOps; Import-Module '$manifest'; (Get-Command -Module MailOps).Count" |
            Should -Be (Get-Command -Module MailOps).Count
    }
}

Describe 'The end of the module' {
    It 'stops the servers when <How>' -ForEach @(
        @{ How = 'the module is removed'; End = 'Remove-Module MailOps' }
        @{ How = 'the process ends'; End = 'exit' }
    ) {
        $store = New-TestFolder
        try {
            $port = Invoke-Pwsh "Import-Module '$manifest'; `$s = Start-MailServer -StorePath '$store' -Capture -SmtpPort 0; `$s.SmtpPort; $End; try { [Net.Sockets.TcpClient]::new('127.0.0.1', `$s.SmtpPort).Dispose(); 'still listening' } catch { 'stopped' }"
            [int]@($port)[0] | Should -BeGreaterThan 0
            if ($End -ne 'exit') {
                @($port)[1] | Should -Be 'stopped'
            }

            { [Net.Sockets.TcpClient]::new('127.0.0.1', [int]@($port)[0]).Dispose() } | Should -Throw
        }
        finally {
            Remove-TestFolder $store
        }
    }
}
