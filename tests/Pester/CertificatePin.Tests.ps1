# -CertificatePin of every client cmdlet, in real PowerShell against the module's own server, whose certificate is its own.

BeforeDiscovery {
    $clients = @(
        @{ Name = 'Get-Pop3Message'; Call = { param($With) $server | Get-Pop3Message @login @With } }
        @{ Name = 'Save-Pop3Message'; Call = { param($With) $server | Save-Pop3Message -Path (Join-Path $store saved) @login @With } }
        @{ Name = 'Get-ImapMessage'; Call = { param($With) $server | Get-ImapMessage @login @With } }
        @{ Name = 'New-MailSession'; Call = { param($With) $server | New-MailSession @login @With } }
        @{ Name = 'Send-RawSmtp'; Call = { param($With) $server | Send-RawSmtp -Tls StartTls -From a@example.org -To a@example.com -Body x @With } }
        @{ Name = 'Copy-Mailbox'; Call = { param($With) Copy-Mailbox "imap://localhost:$($server.ImapPort)/" "maildir:$store/copy$(Get-Random)" -FromCredential $login.Credential -JournalPath (Join-Path $store "$(Get-Random).journal") @With } }
    )
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0
    $login = @{ Credential = [pscredential]::new('john@example.com', (ConvertTo-SecureString 'summersun' -AsPlainText -Force)) }
    $null = $server | Send-RawSmtp -From a@example.org -To john@example.com -Body x
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPemFile((Join-Path $store tls self-made.pem))
    $thumbprint = $certificate.GetCertHashString('SHA256')
    $key = 'sha256//' + [Convert]::ToBase64String([Security.Cryptography.SHA256]::HashData($certificate.PublicKey.ExportSubjectPublicKeyInfo()))
}

AfterAll {
    Get-MailSession | Remove-MailSession
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe '<Name> -CertificatePin' -ForEach $clients {
    It 'takes the certificate that is pinned, whoever made it, and warns of nothing' {
        foreach ($pin in $thumbprint, ($thumbprint.ToLower() -replace '(..)(?!$)', '$1:'), $certificate.Thumbprint, $key, "$('0' * 64);$key") {
            $said = @(& $Call @{ CertificatePin = $pin; ErrorAction = 'Stop' } 3>&1)
            $said | Should -Not -BeNullOrEmpty
            $said | Where-Object { $_ -is [Management.Automation.WarningRecord] } | Should -BeNullOrEmpty
        }

        & $Call @{ CertificatePin = ('0' * 40), $thumbprint; ErrorAction = 'Stop' } | Should -Not -BeNullOrEmpty
    }

    It 'stops at any other, with what the server showed, whatever else is asked for' {
        foreach ($more in @{}, @{ SkipCertificateCheck = $true }) {
            $failures = @(& $Call (@{ CertificatePin = '0' * 64; ErrorAction = 'Continue' } + $more) 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
            $failures | Should -HaveCount 1
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'CertificateNotPinned,*'
            "$($failures[0])" | Should -BeLike "*none of those that are pinned*$thumbprint*$key*pin that one*"
        }
    }

    It 'says of what pins nothing what to write' {
        { & $Call @{ CertificatePin = 'sha256//x' } } | Should -Throw '*pins no certificate*64 hexadecimal digits*'
    }
}

Describe 'A pin' {
    It 'is told by the error for a certificate that is not trusted' {
        $server | Get-Pop3Message @login -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'CertificateNotTrusted,*'
        "$($failures[0])" | Should -Match ([regex]::Escape($key))
        $pin = [regex]::Match("$($failures[0])", 'sha256//[A-Za-z0-9+/=]+').Value
        $server | Get-Pop3Message @login -CertificatePin $pin | Should -Not -BeNullOrEmpty
    }

    It 'needs TLS' {
        $server | Get-Pop3Message @login -Tls None -CertificatePin $key -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        "$($failures[0])" | Should -BeLike '*pinned*without TLS it shows none*'
        { $server | Send-RawSmtp -From a@example.org -To a@example.com -Body x -CertificatePin $key -ErrorAction Stop } | Should -Throw '*without TLS it shows none*'
    }

    It 'holds for each connection of a session' {
        $session = $server | New-MailSession @login -CertificatePin $key
        1..2 | ForEach-Object { $session | Get-ImapMessage -First 1 | Should -HaveCount 1 }
    }
}
