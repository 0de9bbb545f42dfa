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
        $messages = @($server | Get-ImapMessage @login -Body)
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

    It 'lists without reading messages' {
        $messages = @($server | Get-ImapMessage @login)
        $messages.Subject | Should -Be 'number 1', 'number 2', 'number 3'
        $messages[0].Date | Should -Be ([DateTimeOffset]'2008-01-15T16:02:43-05:00')
        $messages[0].Size | Should -BeGreaterThan 100
        $messages[0].Headers.Name | Sort-Object | Should -Be 'Date', 'Subject'
        $messages[0].Raw, $messages[0].Parts | Should -Be $null, $null
        ($server | Get-ImapMessage @login -HeadersOnly -First 1).Headers.Name | Should -Contain 'Received'
    }

    It 'reads parts without the rest, and tells which there are' {
        $other = @{ Credential = [pscredential]::new('parts@example.com', $credential.Password); SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
        $mail = "Subject: parts`nMIME-Version: 1.0`nContent-Type: multipart/mixed; boundary=b`n`n--b`nContent-Type: text/plain; charset=iso-8859-1`nContent-Transfer-Encoding: quoted-printable`n`nGr=FC=DFe`n--b`nContent-Type: application/pdf`nContent-Disposition: attachment; filename=a.pdf`nContent-Transfer-Encoding: base64`n`nAQIDBA==`n--b--`n"
        $null = $server | Send-RawSmtp -From a@example.org -To parts@example.com -Body $mail
        $parts = ($server | Get-ImapMessage @other -Structure).Parts
        $parts.Part | Should -Be '1', '2'
        $parts.MediaType | Should -Be 'text/plain', 'application/pdf'
        $parts[1].FileName | Should -Be 'a.pdf'
        $parts[1].IsAttachment | Should -BeTrue
        $parts | Where-Object Content | Should -BeNullOrEmpty
        $message = $server | Get-ImapMessage @other -Part 2, 1
        $message.Raw | Should -BeNullOrEmpty
        $message.Parts[0].Text.Trim() | Should -Be 'Grüße'
        $message.Parts[1].Content | Should -Be 1, 2, 3, 4
        $missing = $server | Get-ImapMessage @other -Part 3, 2 -ErrorVariable failed -ErrorAction SilentlyContinue
        $missing.Parts.Part | Should -Be '2'
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'MessagePartNotFound,*'
        $parts | Out-String -Width 120 | Should -Match 'Part.*MediaType.*Size.*FileName'
        $message | Export-Clixml (Join-Path $TestDrive parts.xml)
        (Import-Clixml (Join-Path $TestDrive parts.xml)).Parts[1].Content | Should -Be 1, 2, 3, 4
    }

    It 'refuses <Case>' -ForEach @(
        @{ Case = 'a part that is no number'; Arguments = @{ Part = '1.TEXT' }; Says = "'1.TEXT' is no number of a part*" }
        @{ Case = 'part 0'; Arguments = @{ Part = '1.0' }; Says = "'1.0' is no number of a part*" }
        @{ Case = 'the whole and the header alone'; Arguments = @{ Body = $true; HeadersOnly = $true }; Says = '-Body reads whole messages*' }
    ) {
        { $server | Get-ImapMessage @login @Arguments } | Should -Throw $Says
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
