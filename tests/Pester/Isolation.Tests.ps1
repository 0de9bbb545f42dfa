# Another MimeKit is loaded into the same pwsh first: MailOps must neither get it nor disturb it.

BeforeDiscovery {
    $neighbours = @(
        @{ Neighbour = '4.18.0, with the same assembly version as ours'; Version = '4.18.0' }
        @{ Neighbour = 'a stub of 3.0'; Version = '3.0.0.0' }
        @{ Neighbour = 'a stub of 5.0'; Version = '5.0.0.0' }
    )
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    $manifest = Get-ProjectPath out MailOps MailOps.psd1
    $ours = Get-ProjectPath out MailOps Dependencies MimeKit.dll
    $folder = New-TestFolder

    # Signed in name with MimeKit's own public key, so that it is the same assembly to the runtime, without its methods.
    function New-Stub([string] $Version) {
        $path = Join-Path $folder $Version
        $null = New-Item -ItemType Directory -Path $path
        $key = Join-Path $path key.snk
        [IO.File]::WriteAllBytes($key, [Reflection.AssemblyName]::GetAssemblyName($ours).GetPublicKey())
        $source = "[assembly: System.Reflection.AssemblyVersion(`"$Version`")] namespace MimeKit { public class MimeMessage { public string Stub => `"$Version`"; } }"
        Add-Type -TypeDefinition $source -OutputAssembly (Join-Path $path MimeKit.dll) -CompilerOptions '/publicsign+', "/keyfile:$key"
        Join-Path $path MimeKit.dll
    }
}

AfterAll {
    Remove-TestFolder $folder
}

Describe 'Beside <Neighbour> of MimeKit' -ForEach $neighbours {
    BeforeAll {
        $other = $Version -eq '4.18.0' ? (Get-PackagePath mimekit 4.18.0 lib net10.0 MimeKit.dll) : (New-Stub $Version)
        $store = Join-Path $folder "store-$Version"
        # Every cmdlet runs once; what each yields is one line.
        $output = Invoke-Pwsh @"
            `$ErrorActionPreference = 'Stop'
            `$WarningPreference = 'SilentlyContinue'
            `$neighbour = [Reflection.Assembly]::LoadFrom('$other')
            Import-Module '$manifest'
            `$login = [pscredential]::new('ann@example.com', (ConvertTo-SecureString secret -AsPlainText -Force))
            'New-MailAccount ' + (New-MailAccount -StorePath '$store' -Credential `$login).Name
            'Get-MailAccount ' + (Get-MailAccount -StorePath '$store').Name
            Set-MailAccount -StorePath '$store' -Credential `$login
            'Set-MailAccount'
            'New-MailAlias ' + (New-MailAlias sales@example.com '$store' -Target ann@example.com).Name
            'Set-MailAlias ' + (Set-MailAlias sales@example.com '$store' -AddTarget ann+x@example.com -PassThru).Target.Count
            'Get-MailAlias ' + (Get-MailAlias -StorePath '$store').DeliversTo
            Remove-MailAlias sales@example.com '$store' -Confirm:`$false
            'Remove-MailAlias ' + @(Get-MailAlias -StorePath '$store').Count
            'New-DkimKey ' + (New-DkimKey example.com s1 '$store' -KeyType Ed25519).KeyType
            Set-DkimKey example.com s1 '$store' -Active `$true
            'Get-DkimKey ' + (Get-DkimKey -StorePath '$store').IsActive
            Remove-DkimKey example.com s1 '$store' -Confirm:`$false
            'Remove-DkimKey ' + @(Get-DkimKey -StorePath '$store').Count
            `$server = Start-MailServer -StorePath '$store' -Domain example.com -SmtpPort 0 -Pop3Port 0 -ImapPort 0 -AllowPlaintextLogin
            'Start-MailServer ' + `$server.Status
            'Get-MailServer ' + @(Get-MailServer).Count
            'Send-RawSmtp ' + (`$server | Send-RawSmtp -From a@example.org -To ann@example.com -Subject Hello -Body Text).Accepted
            'Get-Pop3Message ' + (`$server | Get-Pop3Message -Credential `$login -Tls None).Message.Subject
            `$message = `$server | Get-ImapMessage -Credential `$login -Tls None -Body
            'Get-ImapMessage ' + `$message.Message.TextBody.Trim()
            'Send-RawSmtp of a message ' + (`$message | Send-RawSmtp -Server `$server.Server -Port `$server.SmtpPort -From a@example.org -To ann+copy@example.com).Accepted
            'Test-MailTls ' + @(`$server | Test-MailTls).Count
            try { Get-MxRecord example.com -Server 127.0.0.1 -Port `$server.SmtpPort -TimeoutSeconds 1 } catch { 'Get-MxRecord ' + (`$_.FullyQualifiedErrorId -split ',')[0] }
            `$server | Stop-MailServer
            'Stop-MailServer ' + @(Get-MailServer).Count
            Remove-MailAccount ann@example.com -StorePath '$store' -Confirm:`$false
            'Remove-MailAccount ' + @(Get-MailAccount -StorePath '$store').Count
            'ours ' + [Diagnostics.FileVersionInfo]::GetVersionInfo(`$message.Message.GetType().Assembly.Location).FileVersion
            'theirs ' + `$neighbour.GetName().Version + ' ' + `$neighbour.Location
            'apart ' + -not [object]::ReferenceEquals(`$neighbour, `$message.Message.GetType().Assembly)
"@
    }

    It 'runs <Line>' -ForEach @(
        @{ Line = 'New-MailAccount ann@example.com' }
        @{ Line = 'Get-MailAccount ann@example.com' }
        @{ Line = 'Set-MailAccount' }
        @{ Line = 'New-MailAlias sales@example.com' }
        @{ Line = 'Set-MailAlias 2' }
        @{ Line = 'Get-MailAlias ann@example.com' }
        @{ Line = 'Remove-MailAlias 0' }
        @{ Line = 'New-DkimKey Ed25519' }
        @{ Line = 'Get-DkimKey True' }
        @{ Line = 'Remove-DkimKey 0' }
        @{ Line = 'Start-MailServer Running' }
        @{ Line = 'Get-MailServer 1' }
        @{ Line = 'Send-RawSmtp True' }
        @{ Line = 'Get-Pop3Message Hello' }
        @{ Line = 'Get-ImapMessage Text' }
        @{ Line = 'Send-RawSmtp of a message True' }
        @{ Line = 'Test-MailTls 3' }
        @{ Line = 'Stop-MailServer 0' }
        @{ Line = 'Remove-MailAccount 0' }
    ) {
        $output | Should -Contain $Line -Because ($output -join "`n")
    }

    It 'runs Get-MxRecord, which says that nobody answers there' {
        $output | Where-Object { $_ -like 'Get-MxRecord ?*' } | Should -HaveCount 1 -Because ($output -join "`n")
    }

    It 'uses its own MimeKit and leaves the other alone' {
        $version = [Diagnostics.FileVersionInfo]::GetVersionInfo($ours).FileVersion
        $output | Should -Contain "ours $version" -Because ($output -join "`n")
        $output | Should -Contain 'apart True'
        $output | Should -Contain "theirs $([Reflection.AssemblyName]::GetAssemblyName($other).Version) $other"
    }
}

Describe 'A foreign message' {
    It 'of MimeKit 4.18.0 is taken by Send-RawSmtp' {
        $other = Get-PackagePath mimekit 4.18.0 lib net10.0 MimeKit.dll
        $store = Join-Path $folder store-foreign
        $output = Invoke-Pwsh @"
            `$ErrorActionPreference = 'Stop'
            `$null = [Reflection.Assembly]::LoadFrom('$other')
            Import-Module '$manifest'
            `$server = Start-MailServer -StorePath '$store' -Capture -SmtpPort 0 -Pop3Port 0
            `$text = "From: a@example.org``r``nSubject: Foreign``r``n``r``nBody``r``n"
            `$message = [MimeKit.MimeMessage]::Load([IO.MemoryStream]::new([Text.Encoding]::ASCII.GetBytes(`$text)))
            (`$message | Send-RawSmtp -Server `$server.Server -Port `$server.SmtpPort -From a@example.org -To b@example.com).Accepted
            `$login = [pscredential]::new('b@example.com', (ConvertTo-SecureString any -AsPlainText -Force))
            (`$server | Get-Pop3Message -Credential `$login -Tls None).Subject
            `$server | Stop-MailServer
"@
        $output | Should -Be ('True', 'Foreign') -Because ($output -join "`n")
    }
}

Describe 'A journal of a copy' {
    BeforeAll {
        # No cmdlet needed: its type, in the context where our assemblies live.
        $openJournal = @"
            `$ErrorActionPreference = 'Stop'
            `$null = Get-Command Get-MxRecord
            `$client = [Reflection.Assembly]::Load('MailOps.Client')
            `$type = `$client.GetType('MailOps.Client.Migration.Journal.CopyJournal', `$true)
"@
    }

    It 'can be made, and is found again by another process' {
        $journal = Join-Path $folder ann.journal
        $output = foreach ($try in 1, 2) {
            Invoke-Pwsh @"
                Import-Module '$manifest'
                $openJournal
                `$journal = `$type::Open('$journal', 'imaps://ann@old.example/', 'imaps://ann@new.example/')
                `$inbox = `$journal.Folder('INBOX', '1', 'INBOX', '1')
                'state ' + `$inbox.SourceState
                `$inbox.SourceState = 'seen'
                `$journal.DisposeAsync().AsTask().Wait()
                `$native = [Diagnostics.Process]::GetCurrentProcess().Modules.FileName | Where-Object { `$_ -like '*e_sqlite3*' }
                "native `$native"
"@
        }
        $output[0] | Should -Be 'state ' -Because ($output -join "`n")
        $output[2] | Should -Be 'state seen' -Because ($output -join "`n")
        $output[1] | Should -BeLike "native $(Join-Path (Split-Path $manifest) Dependencies runtimes)*"
        (Get-ChildItem $folder -Filter ann.journal*).Name | Should -Be 'ann.journal'
    }

    It 'is open to nobody else, and says so' {
        $output = Invoke-Pwsh @"
            Import-Module '$manifest'
            $openJournal
            `$journal = `$type::Open('$(Join-Path $folder bob.journal)', 'a', 'b')
            try { `$type::Open('$(Join-Path $folder bob.journal)', 'a', 'b') } catch { `$_.Exception.InnerException.Fault.ToString() }
"@
        $output | Should -Be 'JournalInUse'
    }

    It 'says what is wrong where SQLite <How>, and the module is imported all the same' -ForEach @(
        @{ How = 'is missing'; Break = { Remove-Item -LiteralPath $args[0] -Recurse }; Said = '*e_sqlite3*' }
        @{ How = 'does not load'; Break = { Get-ChildItem $args[0] -Recurse -File | Set-Content -Value 'no library' }; Said = '*runtimes*e_sqlite3*' }
    ) {
        $copy = Join-Path $folder $How
        Copy-Item -LiteralPath (Split-Path $manifest) -Destination $copy -Recurse
        & $Break (Join-Path $copy Dependencies runtimes)
        $output = Invoke-Pwsh @"
            Import-Module '$(Join-Path $copy MailOps.psd1)'
            $openJournal
            try { `$type::Open('$(Join-Path $folder eve.journal)', 'a', 'b') } catch { `$_.Exception.InnerException.Fault.ToString(); `$_.Exception.InnerException.Message }
"@
        $output | Should -HaveCount 2 -Because ($output -join "`n")
        $output[0] | Should -Be 'JournalNotSupported'
        $output[1] | Should -BeLike "A journal needs SQLite, which cannot be loaded here: $Said"
    }
}
