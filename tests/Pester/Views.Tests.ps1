# What a person sees: one table per output type, within 120 columns.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $login = [pscredential]::new('a.user.with.a.long.name@a-domain-with-a-long-name.example.com', (ConvertTo-SecureString any -AsPlainText -Force))
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -SubmissionPort 0 -SubmissionTlsPort 0 -Pop3Port 0 -Pop3TlsPort 0 -ImapPort 0 -ImapTlsPort 0
    $sent = $server | Send-RawSmtp -From ('x' * 50 + '@example.org') -To $login.UserName -Subject ('Long subject ' * 20) -Body ('x' * 3000)
    $null = New-MailAccount -StorePath (Join-Path $store other) -Credential $login
    $null = New-MailAlias ('a.long.alias.' + 'x' * 40 + '@example.com') (Join-Path $store other) -Target $login.UserName
    $open = [Net.Sockets.TcpClient]::new('127.0.0.1', $server.ImapPort)
    Wait-Until { $server | Get-MailServerSession }
    $sessions = @($server | Get-MailServerSession)
    $watch = Start-ModuleJob { param($id) Get-MailServer $id | Watch-MailServer -Count 1 } $server.Id
    Wait-Until { [Net.Sockets.TcpClient]::new('127.0.0.1', $server.ImapPort).Dispose(); $watch.State -notin 'NotStarted', 'Running' }
    $watched = @($watch | Receive-EndedJob)
    $open.Dispose()
    $objects = @{
        MailServerInfo      = @($server)
        MailServerEndpoint  = @($server.Endpoints)
        MailServerSession   = @($sessions)
        ReceivedMessage     = @($server | Wait-MailMessage)
        MailServerFaultInfo = @($server | Set-MailServerFault -Recipient ('x' * 60 + '@example.com') -Reply '451 4.7.1 Later' -Count 3)
        MailServerEvent     = @($watched)
        MailAccount         = @(Get-MailAccount -StorePath (Join-Path $store other))
        MailAlias           = @(Get-MailAlias -StorePath (Join-Path $store other))
        DkimKey             = @(New-DkimKey ('a-domain-with-a-long-name.' * 3 + 'example.com') -StorePath (Join-Path $store other))
        SmtpSendResult      = @($sent)
        SmtpRecipientResult = @($sent.Recipients)
        TranscriptEntry     = @($sent.Transcript)
        Pop3Message         = @($server | Get-Pop3Message -Credential $login -Tls None)
        SavedPop3Message    = @($server | Save-Pop3Message -Path (Join-Path $store saved) -Credential $login -Tls None)
        ImapMessage         = @($server | Get-ImapMessage -Credential $login -Tls None)
        ImapMessagePart     = @(($server | Get-ImapMessage -Credential $login -Tls None -Structure).Parts)
        ImapFolder          = @($server | Get-ImapFolder -Credential $login -Tls None)
        MailSession         = @($server | New-MailSession -Credential $login -Tls None)
        ImapCopiedMessage   = @($server | Copy-ImapMessage -Uid 1 -Destination ('A folder with a long name/' * 3 + 'x') -CreateFolder -PassThru -Credential $login -Tls None)
        ImapAddedMessage    = @("Subject: $('Long subject ' * 20)`n`nx" | Add-ImapMessage $server.Server -Port $server.ImapPort -Folder ('A folder with a long name/' * 3 + 'x') -CreateFolder -Credential $login -Tls None)
        MailTlsReport       = @($server.Endpoints | Select-Object -First 1 | Test-MailTls)
    }
    $maildir = Join-Path $store maildir
    $null = "From: $('x' * 60)@example.org`nSubject: $('Long subject ' * 20)`n`n$('x' * 3000)" | Add-MaildirMessage $maildir -Folder ('A folder with a long name/' * 3 + 'x') -Create -CreateFolder -Flag Seen, Flagged, Answered
    [IO.File]::WriteAllText("$maildir/1700000000.M1P1.host", 'Subject: misplaced')
    $objects.MaildirFolder = @(Get-Maildir $maildir)
    $objects.MaildirMessage = @(Get-MaildirMessage $maildir -Folder *)
    $objects.MaildirReport = @(Test-Maildir $maildir)
    $objects.MaildirRepair = @(Repair-Maildir $maildir)
    $small = Start-MailServer -StorePath (Join-Path $store small) -Capture -SmtpPort 0 -ImapPort 0 -MaxMessageSize 1KB
    $copy = @{ FromCredential = $login; ToCredential = $login; JournalPath = Join-Path $store copy.journal }
    $objects.MailboxCopyResult = @(Copy-Mailbox "imap+plain://localhost:$($server.ImapPort)/" "imap+plain://localhost:$($small.ImapPort)/" @copy)
    $objects.FolderCopyResult = @($objects.MailboxCopyResult[0].Folders)
    $objects.RefusedMessage = @($objects.MailboxCopyResult[0].RefusedMessages)
    $objects.MailboxDifference = @(Compare-Mailbox "imap+plain://localhost:$($server.ImapPort)/" "imap+plain://localhost:$($small.ImapPort)/" -ReferenceCredential $login -DifferenceCredential $login)
    $long = New-MimeMessage -From ('x' * 50 + '@example.org') -To $login.UserName, ('y' * 50 + '@example.org') -Subject ('Long subject ' * 20) -Body x -Attachments $PSCommandPath
    $objects.MimeMessage = @($long)
    $objects.MimePartInfo = @($long | Get-MimePart)
    $long | Export-MimeMessage (Join-Path $store long.mbox)
    $objects.ArchivedMessage = @(Import-MimeMessage (Join-Path $store long.mbox))
    $objects.MimeSignature = @($long | Test-MimeSignature)
    $objects.MailSendResult = @($long | Send-MimeMessage $server.Server -Port $server.SmtpPort -Tls None)
    $migrations = Join-Path $store migrations.db
    $objects.MigrationBatch = @(Start-MailMigration ('a batch with a long name ' * 4) -From "maildir:$maildir" -To "maildir:$store/moved" -Identity ('x' * 60) -Store $migrations -Wait -WarningAction SilentlyContinue)
    $objects.MigrationUser = @(Get-MailMigrationUser -Store $migrations)
    $objects.Finding = @($objects.MailTlsReport[0].Findings)
}

AfterAll {
    $server, $small | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'The view of <_>' -ForEach 'MailServerInfo', 'MailServerEndpoint', 'MailServerSession', 'MailServerEvent', 'ReceivedMessage', 'MailServerFaultInfo', 'MailAccount', 'MailAlias', 'DkimKey', 'SmtpSendResult', 'SmtpRecipientResult', 'TranscriptEntry', 'Pop3Message', 'ImapMessage', 'ImapMessagePart', 'ImapFolder', 'MailSession', 'SavedPop3Message', 'MailSendResult', 'MimeMessage', 'MimePartInfo', 'ArchivedMessage', 'MimeSignature', 'ImapCopiedMessage', 'ImapAddedMessage', 'MailTlsReport', 'MailboxCopyResult', 'FolderCopyResult', 'RefusedMessage', 'MailboxDifference', 'Finding', 'MaildirFolder', 'MaildirMessage', 'MaildirReport', 'MaildirRepair', 'MigrationBatch', 'MigrationUser' {
    BeforeAll {
        $ours = $objects[$_]
        $PSStyle.OutputRendering = 'PlainText'
        $lines = ($ours | Out-String -Width 120) -split '\r?\n'
    }

    It 'is a table of ours' {
        $ours | Should -Not -BeNullOrEmpty
        $type = $ours[0].PSObject.TypeNames[0]
        (Get-FormatData -TypeName $type).FormatViewDefinition | Should -HaveCount 1 -Because "$type has one view"
        @($lines | Where-Object { $_ -match '^[\s-]*---[\s-]*$' }) | Should -Not -BeNullOrEmpty -Because 'a table has a line under its headings'
    }

    It 'fits 120 columns and loses no column' {
        $lines | Where-Object { $_.TrimEnd().Length -gt 120 } | Should -BeNullOrEmpty
        $labels = (Get-FormatData -TypeName $ours[0].PSObject.TypeNames[0]).FormatViewDefinition[0].Control.Headers.Label
        $heading = @($lines | Where-Object { $_.Trim() })[0]
        foreach ($label in $labels) {
            $heading | Should -Match "\b$label\b"
        }
    }
}

Describe 'A server' {
    It 'shows every endpoint, each in one piece' {
        $shown = $server | Out-String -Width 120
        foreach ($endpoint in $server.Endpoints) {
            $shown | Should -Match "\b$($endpoint.Protocol)$($endpoint.Tls -eq 'Implicit' ? 's' : ''):$($endpoint.Port)\b"
        }
    }
}

Describe 'A message that was sent' {
    It 'shows the whole reply of a server of ours' {
        $sent | Out-String -Width 120 | Should -Match ([regex]::Escape($sent.Reply))
    }
}

Describe 'Sizes' {
    It 'are bytes in the object and human units in the view' {
        $objects.Pop3Message[0].Size | Should -BeGreaterThan 3000
        $objects.Pop3Message | Out-String -Width 120 | Should -Match '3[.,]\d KiB'
    }
}

Describe 'Every output type' {
    It 'of <Name> has a view' -ForEach @(Get-Command -Module MailOps | Where-Object OutputType | ForEach-Object { @{ Name = $_.Name; Type = $_.OutputType.Name } }) {
        foreach ($one in $Type | Where-Object { $_ -ne 'System.Void' }) {
            Get-FormatData -TypeName $one | Should -Not -BeNullOrEmpty -Because "$one is in MailOps.Format.ps1xml"
        }
    }
}
