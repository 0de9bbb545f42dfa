# Get-ImapMessage in real PowerShell, against the module's own server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -ImapPort 0 -ImapTlsPort 0
    $credential = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force))
    $login = @{ Credential = $credential; SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
    1..3 | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Body "Subject: number $_`nDate: Tue, 15 Jan 2008 16:02:43 -0500`n`nbody $_" }
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'Get-ImapMessage' {
    It 'reads the INBOX of a server that is found by property names, with STARTTLS, and leaves it unseen' {
        $messages = @($server | Get-ImapMessage @login)
        $messages | Should -HaveCount 3
        $messages[0] | Should -BeOfType MailOps.Client.Mailboxes.ImapMessage
        $messages.Subject | Should -Be ('number 1', 'number 2', 'number 3')
        $messages[0].Folder | Should -Be 'INBOX'
        $messages[0].InternalDate | Should -BeOfType DateTimeOffset
        $messages[0].Size | Should -Be $messages[0].Raw.Length
        $messages[2].Message.TextBody.Trim() | Should -Be 'body 3'
        ($server | Get-ImapMessage @login).Flags | Should -Not -Contain '\Seen'
    }

    It 'reads over <Tls>' -ForEach @(@{ Tls = 'None' }, @{ Tls = 'StartTls' }, @{ Tls = 'Implicit' }) {
        $port = $Tls -eq 'Implicit' ? $server.ImapTlsPort : $server.ImapPort
        Get-ImapMessage $server.Server -Port $port -Tls $Tls @login | Should -HaveCount 3
    }

    It 'selects by UID, reads headers alone, and the first ones' {
        $uid = ($server | Get-ImapMessage @login)[1].Uid
        ($server | Get-ImapMessage @login -Uid $uid, 4000000000).Subject | Should -Be 'number 2'
        $header = $server | Get-ImapMessage @login -HeadersOnly -First 1
        $header.Subject | Should -Be 'number 1'
        $header.Raw | Should -BeNullOrEmpty
        $server | Get-ImapMessage @login | Select-Object -First 1 | Should -HaveCount 1
    }

    It 'has a stable id for <Id>' -ForEach @(
        @{ Id = 'FolderNotFound'; Parameters = { $login + @{ Server = $server.Server; Port = $server.ImapPort; Folder = 'No/Such' } } }
        @{ Id = 'CertificateNotTrusted'; Parameters = { @{ Credential = $credential; Server = $server.Server; Port = $server.ImapPort } } }
        @{ Id = 'ConnectionFailed'; Parameters = { $login + @{ Server = '127.0.0.1'; Port = 1 } } }
        @{ Id = 'ProtocolFailed'; Parameters = { $login + @{ Server = $server.Server; Port = $server.SmtpPort; Tls = 'None' } } }
    ) {
        $arguments = & $Parameters
        Get-ImapMessage @arguments -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -Be "$Id,MailOps.Cmdlets.Imap.GetImapMessageCommand"
    }

    It 'survives Export-Clixml' {
        $path = Join-Path $TestDrive messages.xml
        $server | Get-ImapMessage @login | Export-Clixml $path
        $copy = Import-Clixml $path
        $copy.Subject | Should -Be ('number 1', 'number 2', 'number 3')
        $copy[0].Uid | Should -BeOfType uint
    }

    It 'shows a table of at most 120 columns' {
        $lines = ($server | Get-ImapMessage @login | Out-String -Width 120) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        $lines -match 'Uid.*Size.*From.*Subject' | Should -HaveCount 1
    }
}
