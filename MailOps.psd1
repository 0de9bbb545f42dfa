@{
    RootModule             = 'MailOps.Cmdlets.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '6d0b2c0e-6f0e-4d43-9b51-0c1f6c0b7a53'
    Author                 = 'MailOps contributors'
    CompanyName            = 'MailOps'
    Copyright              = '(c) MailOps contributors. MIT licence.'
    Description            = 'Mail administration and protocol scripting: start an SMTP, POP3 and IMAP server from a pipeline, send through it with full control of every octet, read the mail back, look after Maildirs, look up mail exchangers and grade their TLS.'

    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')

    # Explicit lists: command discovery reads them without loading the module.
    CmdletsToExport        = @(
        'Add-ImapMessage'
        'Add-MaildirMessage'
        'Clear-MailServer'
        'Clear-MailServerFault'
        'Compare-Mailbox'
        'Copy-ImapMessage'
        'Copy-Mailbox'
        'Export-MailQueueMessage'
        'Get-DkimKey'
        'Get-ImapFolder'
        'Get-ImapMessage'
        'Get-MailAccount'
        'Get-MailAlias'
        'Get-MailFolderPermission'
        'Get-MailSession'
        'Get-MailTrackingLog'
        'Get-Maildir'
        'Get-MaildirMessage'
        'Get-MailQueue'
        'Get-MailQueueMessage'
        'Get-MailServer'
        'Get-MailServerFault'
        'Get-MailServerSession'
        'Get-MxRecord'
        'Get-Pop3Message'
        'Measure-MailTraffic'
        'Move-ImapMessage'
        'Move-MaildirMessage'
        'Move-MailQueueMessage'
        'New-DkimKey'
        'New-ImapFolder'
        'New-MailAccount'
        'New-MailAlias'
        'New-MailSession'
        'Remove-DkimKey'
        'Remove-ImapFolder'
        'Remove-ImapMessage'
        'Remove-MailAccount'
        'Remove-MailAlias'
        'Remove-MailFolderPermission'
        'Remove-MailSession'
        'Remove-MaildirMessage'
        'Remove-MailQueueMessage'
        'Remove-Pop3Message'
        'Rename-ImapFolder'
        'Repair-Maildir'
        'Resume-MailQueueMessage'
        'Save-Pop3Message'
        'Send-RawSmtp'
        'Set-DkimKey'
        'Set-ImapMessage'
        'Set-MailAccount'
        'Set-MailAlias'
        'Set-MailFolderPermission'
        'Set-MaildirMessage'
        'Set-MailServerFault'
        'Start-MailServer'
        'Stop-MailServer'
        'Stop-MailServerSession'
        'Suspend-MailQueueMessage'
        'Test-Maildir'
        'Test-MailRoute'
        'Test-MailServerConfiguration'
        'Test-MailTls'
        'Update-MailServer'
        'Wait-MailMessage'
        'Watch-ImapFolder'
        'Watch-MailServer'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    FormatsToProcess       = @('MailOps.Format.ps1xml')
    TypesToProcess         = @('MailOps.Types.ps1xml')

    PrivateData            = @{
        PSData = @{
            Tags         = @('mail', 'smtp', 'imap', 'pop3', 'email', 'mx', 'dns', 'tls', 'starttls', 'server', 'maildir', 'testing', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://github.com/mailops/mailops/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/mailops/mailops'
            ReleaseNotes = 'First release: a mail server for SMTP, POP3 and IMAP on Maildir, accounts, Send-RawSmtp, Get-Pop3Message, Get-ImapMessage, Get-MxRecord and Test-MailTls. See CHANGELOG.md.'
        }
    }
}
