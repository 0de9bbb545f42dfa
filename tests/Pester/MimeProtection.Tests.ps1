# S/MIME and OpenPGP in real PowerShell: Protect- and Unprotect-MimeMessage, Test-MimeSignature.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $password = ConvertTo-SecureString 'p12-secret' -AsPlainText -Force

    # A certificate for mail that is its own authority.
    function New-MailCertificate($Address) {
        $key = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Address", $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddEmailAddress($Address)
        $request.CertificateExtensions.Add($names.Build())
        $certificate = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30))
        $name = $Address.Split('@')[0]
        [IO.File]::WriteAllBytes((Join-Path $store "$name.p12"), $certificate.Export('Pkcs12', 'p12-secret'))
        [IO.File]::WriteAllText((Join-Path $store "$name.pem"), $certificate.ExportCertificatePem())
        $certificate
    }

    $ann = New-MailCertificate ann@example.com
    $bob = New-MailCertificate bob@example.com
    $message = New-MimeMessage -From ann@example.com -To bob@example.com -Subject Hello -Body 'secret text'
    $annFile = Join-Path $store ann.p12
    $bobFile = Join-Path $store bob.pem
}

AfterAll {
    Remove-TestFolder $store
}

Describe 'S/MIME' {
    It 'signs with a file or a certificate, and judges the signature' {
        foreach ($signed in ($message | Protect-MimeMessage -SigningCertificate $annFile -Password $password), ($message | Protect-MimeMessage -SigningCertificate $ann -Opaque)) {
            $signed.PSObject.TypeNames[0] | Should -Be MimeKit.MimeMessage
            $result = $signed | Test-MimeSignature -TrustedCertificate $ann
            $result | Should -BeOfType MailOps.Client.Protection.MimeSignature
            $result.Status | Should -Be Valid
            $result.Email | Should -Be ann@example.com
            ($signed | Test-MimeSignature).Status | Should -Be Untrusted
            ($signed | Test-MimeSignature -TrustedCertificate (Join-Path $store bob.pem)).Status | Should -Be Untrusted
        }

        ($message | Test-MimeSignature).Status | Should -Be Unsigned
        ($message | Protect-MimeMessage -SigningCertificate $bob | Test-MimeSignature -TrustedCertificate $bob).Status | Should -Be WrongSigner
    }

    It 'encrypts and decrypts, and the signature inside holds' {
        $sealed = $message | Protect-MimeMessage -SigningCertificate $ann -RecipientCertificate $bobFile -WarningVariable warned
        $warned | Should -BeNullOrEmpty
        "$sealed" | Should -Not -Match 'secret text'
        ($sealed | Test-MimeSignature).Reason | Should -BeLike 'The message is encrypted*'
        $plain = $sealed | Unprotect-MimeMessage -Certificate (Join-Path $store bob.p12) -Password $password
        $plain.TextBody.Trim() | Should -Be 'secret text'
        ($plain | Test-MimeSignature -TrustedCertificate $ann).Status | Should -Be Valid
    }

    It 'holds after a message was sent, received and saved' {
        $server = Start-MailServer (Join-Path $store mail) -Capture -SmtpPort 0 -ImapPort 0
        try {
            $sent = $message | Protect-MimeMessage -SigningCertificate $ann | Send-MimeMessage $server.Server -Port $server.SmtpPort -Tls None
            $sent.Status | Should -Be Accepted
            $received = $server | Wait-MailMessage -TimeoutSeconds 10
            ($received | Test-MimeSignature -TrustedCertificate $ann).Status | Should -Be Valid
            $received | Export-MimeMessage (Join-Path $store signed.mbox)
            (Import-MimeMessage (Join-Path $store signed.mbox) | Test-MimeSignature -TrustedCertificate $ann).Status | Should -Be Valid
        }
        finally {
            $server | Stop-MailServer
        }
    }

    It 'says of a message that was altered that it was' {
        $text = "$($message | Protect-MimeMessage -SigningCertificate $ann)"
        ($text.Replace('secret text', 'public text') | Test-MimeSignature -TrustedCertificate $ann).Status | Should -Be Altered
    }

    It 'calls nothing valid to which a part or text was added' {
        $text = "$($message | Protect-MimeMessage -SigningCertificate $ann)"
        $boundary = "--$([regex]::Match($text, 'multipart/signed.*?boundary="([^"]+)', 'Singleline').Groups[1].Value)"
        $first, $last = $text.IndexOf($boundary), $text.LastIndexOf("$boundary--")
        $part = $text.Substring(0, $last) + "$boundary`r`nContent-Type: text/plain`r`n`r`nPay Eve`r`n$boundary--`r`n"
        $part | Get-MimePart | ForEach-Object Text | Should -Contain 'Pay Eve'
        foreach ($changed in $part, $text.Insert($first, "Pay Eve`r`n"), "$text`r`nPay Eve`r`n") {
            $found = $changed | Test-MimeSignature -TrustedCertificate $ann
            $found.Status, $found.IsWholeBody | Should -Be PartOnly, $false
            $found.Reason | Should -BeLike '*nobody signed*'
        }
    }

    It 'takes a file by its path' {
        $file = Join-Path $store by-path.eml
        $message | Protect-MimeMessage -SigningCertificate $ann | Export-MimeMessage $file
        (Test-MimeSignature $file -TrustedCertificate $ann).Status | Should -Be Valid
        Push-Location $store
        try {
            (Test-MimeSignature ./by-path.eml -TrustedCertificate $ann).Status | Should -Be Valid
            ('./by-path.eml' | Protect-MimeMessage -RecipientCertificate $bobFile | Unprotect-MimeMessage -Certificate $bob).Subject | Should -Be Hello
            $sealed = Join-Path $store by-path-sealed.eml
            $message | Protect-MimeMessage -RecipientCertificate $bobFile | Export-MimeMessage $sealed
            ($sealed | Unprotect-MimeMessage -Certificate $bob).TextBody.Trim() | Should -Be 'secret text'
        }
        finally {
            Pop-Location
        }

        # What looks like a path on a drive is text, and so is what has more lines.
        (Test-MimeSignature 'Subject: x').Subject | Should -Be x
        (Test-MimeSignature "Subject: y`n`n$file").Status | Should -Be Unsigned
        $missing = @(Test-MimeSignature ./no-such.eml -ErrorVariable failed -ErrorAction SilentlyContinue)
        $missing.Status | Should -Not -Contain Valid
    }

    It 'says what cannot be done, without passwords' {
        $null = $message | Protect-MimeMessage -RecipientCertificate $ann -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -BeLike 'None of the certificates is that of bob@example.com*'
        $message | Protect-MimeMessage -SigningCertificate $annFile -Password (ConvertTo-SecureString 'wrong-one' -AsPlainText -Force) -ErrorVariable failed -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'CryptographyFailed,*'
        "$failed" | Should -Not -Match 'wrong-one'
        { $message | Protect-MimeMessage } | Should -Throw -ErrorId 'ProtectionMissing,*'
        $message | Unprotect-MimeMessage -Certificate $ann -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'NotEncrypted,*'
        $message | Protect-MimeMessage -RecipientCertificate $bobFile | Unprotect-MimeMessage -Certificate $ann -ErrorVariable failed -ErrorAction SilentlyContinue
        "$($failed[0])" | Should -BeLike '*encrypted for others*'
        { $message | Test-MimeSignature -TrustedCertificate (Join-Path $store nosuch.pem) } | Should -Throw -ErrorId 'PathNotFound,*'
        'no header' | Test-MimeSignature -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object Status | Should -BeIn $null, 'Unsigned'
    }
}

Describe 'OpenPGP' {
    BeforeAll {
        if (-not (Get-Command gpg -CommandType Application -ErrorAction Ignore)) { return }
        $gpg = New-TestFolder
        $common = '--homedir', $gpg, '--batch', '--yes', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', 'open sesame'
        foreach ($who in 'Ann <ann@example.com>', 'Bob <bob@example.com>') {
            gpg @common --quick-gen-key $who future-default default never 2>&1 | Out-Null
        }

        $secret = Join-Path $gpg secret.asc
        $public = Join-Path $gpg public.gpg
        gpg @common --armor --output $secret --export-secret-keys 2>&1 | Out-Null
        gpg @common --output $public --export 2>&1 | Out-Null
        $passphrase = ConvertTo-SecureString 'open sesame' -AsPlainText -Force
    }

    AfterAll {
        if (-not $gpg) { return }
        gpgconf --homedir $gpg --kill gpg-agent
        Remove-TestFolder $gpg
    }

    It 'signs and encrypts for whom the message is, and back' {
        Assert-Peer gpg
        $sealed = $message | Protect-MimeMessage -KeyRing $secret, $public -Sign -Encrypt -Passphrase $passphrase
        "$sealed" | Should -Not -Match 'secret text'
        $plain = $sealed | Unprotect-MimeMessage -KeyRing $secret -Passphrase $passphrase
        $plain.TextBody.Trim() | Should -Be 'secret text'
        $result = $plain | Test-MimeSignature -KeyRing $public
        $result.Status, $result.Kind, $result.Signer | Should -Be Valid, OpenPGP, 'Ann <ann@example.com>'
        ($plain | Test-MimeSignature).Status | Should -Be SignerUnknown
    }

    It 'says what cannot be done' {
        Assert-Peer gpg
        { $message | Protect-MimeMessage -KeyRing $public } | Should -Throw -ErrorId 'ProtectionMissing,*'
        $message | Protect-MimeMessage -KeyRing $public -Encrypt -RecipientKey eve@example.com -ErrorVariable failed -ErrorAction SilentlyContinue
        "$($failed[0])" | Should -BeLike 'There is no key for eve@example.com*'
        $message | Unprotect-MimeMessage -KeyRing $secret -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'NotEncrypted,*'
    }
}
