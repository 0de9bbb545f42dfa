# What Start-MailServer has for POP3 alone.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
}

Describe 'Start-MailServer for POP3' {
    BeforeEach { $store = New-TestFolder }

    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'gives unique ids in the format of <Format>' -ForEach @(
        @{ Format = 'Dovecot'; Id = '^00000001[0-9a-f]{8}$' }
        @{ Format = 'Cyrus'; Id = '^[0-9]+\.1$' }
        @{ Format = 'mail-%08Xv-%u'; Id = '^mail-[0-9a-f]{8}-1$' }
    ) {
        $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -Pop3UidlFormat $Format
        $null = $server | Send-RawSmtp -From ann@example.org -To bob@example.com -Body "Subject: hello`r`n`r`nx"
        $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString any -AsPlainText))
        ($server | Get-Pop3Message -Credential $login -Tls None).Uidl | Should -MatchExactly $Id
    }

    It 'says why a format is none: <Format>' -ForEach @(
        @{ Format = '%v'; Message = '*-Pop3UidlFormat:*the same unique id*' }
        @{ Format = 'Postfix'; Message = '*-Pop3UidlFormat:*Write it as Dovecot*' }
    ) {
        { Start-MailServer -StorePath $store -Capture -Pop3Port 0 -Pop3UidlFormat $Format } | Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage $Message
    }

    It 'refuses a second login of an account within -Pop3LoginDelaySeconds' {
        $server = Start-MailServer -StorePath $store -Capture -Pop3Port 0 -Pop3LoginDelaySeconds 3600
        $login = [pscredential]::new('bob@example.com', (ConvertTo-SecureString any -AsPlainText))
        $server | Get-Pop3Message -Credential $login -Tls None | Should -BeNullOrEmpty
        { $server | Get-Pop3Message -Credential $login -Tls None -ErrorAction Stop } | Should -Throw -ExpectedMessage '*LOGIN-DELAY*'
    }
}
