# Logins by what is not a password alone: tokens, certificates, CRAM-MD5, SCRAM bound to TLS. Server and client in real PowerShell.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps

    function Send-Test($Server, [hashtable] $With) {
        Send-RawSmtp 127.0.0.1 -Port $Server.SubmissionTlsPort -Tls Implicit -SkipCertificateCheck -WarningAction Ignore -From joe@example.com -To joe@example.com -Body 'x' @With
    }

    # The same login from each of the clients; returns the mechanism that it went by.
    function Read-Test($Server, [hashtable] $With) {
        $common = @{ Server = '127.0.0.1'; Tls = 'Implicit'; SkipCertificateCheck = $true; WarningAction = 'Ignore'; Verbose = $true }
        foreach ($client in @{ Name = 'Get-Pop3Message'; Port = $Server.Pop3TlsPort }, @{ Name = 'Get-ImapMessage'; Port = $Server.ImapTlsPort }) {
            $said = & $client.Name @common -Port $client.Port @With 4>&1
            @(($said | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Message) -match 'logged in with' -replace '.* with (\S+)\.$', '$1'
        }
    }

    function New-Login([string] $Name, [string] $Secret) { [pscredential]::new($Name, (ConvertTo-SecureString $Secret -AsPlainText)) }
}

Describe 'Logins' {
    BeforeEach {
        $store = New-TestFolder
        $start = @{ StorePath = $store; HostName = 'localhost'; Domain = 'example.com'; SubmissionTlsPort = 0; Pop3TlsPort = 0; ImapTlsPort = 0 }
        New-MailAccount -StorePath $store -Credential (New-Login joe@example.com 'one two')
    }

    AfterEach {
        Get-MailServer | Stop-MailServer -TimeoutSeconds 0
        Remove-TestFolder $store
    }

    It 'bind SCRAM to the TLS connection where the server offers it' {
        $server = Start-MailServer @start -OfferChannelBinding
        $sent = Send-Test $server @{ Credential = New-Login joe@example.com 'one two' }
        $sent.Accepted | Should -BeTrue
        $sent.AuthMechanism | Should -Be $(if ($IsLinux) { 'SCRAM-SHA-256-PLUS' } else { 'SCRAM-SHA-256' })
        Read-Test $server @{ Credential = New-Login joe@example.com 'one two' } | Should -Be ($sent.AuthMechanism, $sent.AuthMechanism)
    }

    It 'are not offered a binding that clients may take and have not, unless that is asked for' {
        $server = Start-MailServer @start
        $sent = Send-Test $server @{ Credential = New-Login joe@example.com 'one two' }
        $sent.Accepted | Should -BeTrue
        $sent.AuthMechanism | Should -Be 'SCRAM-SHA-256'
    }

    It 'take CRAM-MD5 for an account of that scheme, and offer it no more beside one of another' {
        New-MailAccount -StorePath $store -Credential (New-Login ann@example.com three) -Scheme CRAM-MD5
        Remove-MailAccount -StorePath $store -Name joe@example.com -Confirm:$false
        $server = Start-MailServer @start
        $sent = Send-Test $server @{ Credential = New-Login ann@example.com three; AuthMechanism = 'CRAM-MD5'; From = 'ann@example.com' ; To = 'ann@example.com' }
        $sent.AuthMechanism | Should -Be 'CRAM-MD5'
        $sent.Capabilities -match '^AUTH .*CRAM-MD5' | Should -Not -BeNullOrEmpty
        Read-Test $server @{ Credential = New-Login ann@example.com three; AuthMechanism = 'CRAM-MD5' } | Should -Be ('CRAM-MD5', 'CRAM-MD5')
        New-MailAccount -StorePath $store -Credential (New-Login joe@example.com 'one two')
        { Send-Test $server @{ Credential = New-Login ann@example.com three; AuthMechanism = 'CRAM-MD5'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'AuthenticationFailed,*'
    }

    Context 'with -TokenValidator' {
        It 'ask a script in the server''s own runspace' {
            $outside = 'good'
            $server = Start-MailServer @start -TokenValidator {
                param($token, $user)
                if ($outside) { throw 'A variable of the session is seen.' }
                if ($token -eq 'good' -and $user -eq 'joe@example.com') { $user }
            }
            foreach ($mechanism in 'OAUTHBEARER', 'XOAUTH2') {
                (Send-Test $server @{ Credential = New-Login joe@example.com good; AuthMechanism = $mechanism }).AuthMechanism | Should -Be $mechanism
                { Send-Test $server @{ Credential = New-Login joe@example.com bad; AuthMechanism = $mechanism; ErrorAction = 'Stop' } } |
                    Should -Throw -ErrorId 'AuthenticationFailed,*' -ExpectedMessage '*535*'
                Read-Test $server @{ Credential = New-Login joe@example.com good; AuthMechanism = $mechanism } | Should -Be ($mechanism, $mechanism)
                { Read-Test $server @{ Credential = New-Login joe@example.com bad; AuthMechanism = $mechanism; ErrorAction = 'Stop' } } |
                    Should -Throw -ErrorId 'AuthenticationFailed,*' -ExpectedMessage "127.0.0.1 refused the login of joe@example.com with ${mechanism}: -ERR *(*)"
            }

            $outside | Should -Be 'good'
        }

        It 'are put off, and others go on, when the script <What>' -ForEach @(
            @{ What = 'takes too long'; Script = { param($token) if ($token -eq 'slow') { Start-Sleep 300 } 'joe@example.com' } }
            @{ What = 'fails'; Script = { param($token) if ($token -eq 'slow') { throw "What is $token?" } 'joe@example.com' } }
            @{ What = 'writes two names'; Script = { param($token) if ($token -eq 'slow') { 'a', 'b' } else { 'joe@example.com' } } }
            @{ What = 'writes a number'; Script = { param($token) if ($token -eq 'slow') { 7 } else { 'joe@example.com' } } }
        ) {
            $server = Start-MailServer @start -TokenValidator $Script -TokenTimeoutSeconds 1
            foreach ($time in 1..2) {
                { Send-Test $server @{ Credential = New-Login joe@example.com slow; AuthMechanism = 'XOAUTH2'; ErrorAction = 'Stop' } } |
                    Should -Throw -ErrorId 'AuthenticationFailed,*' -ExpectedMessage '*454*'
            }

            (Send-Test $server @{ Credential = New-Login joe@example.com quick; AuthMechanism = 'XOAUTH2' }).Accepted | Should -BeTrue
        }
    }

    Context 'with -TokenKeyPath' {
        BeforeAll {
            function ConvertTo-Base64Url([byte[]] $Octets) { [Buffers.Text.Base64Url]::EncodeToString($Octets) }
            $key = [Security.Cryptography.RSA]::Create(2048)
            $public = $key.ExportParameters($false)
            $jwks = @{ keys = @(@{ kty = 'RSA'; kid = '1'; n = ConvertTo-Base64Url $public.Modulus; e = ConvertTo-Base64Url $public.Exponent }) } | ConvertTo-Json -Depth 4
            function New-Token([hashtable] $Claims) {
                $parts = @{ alg = 'RS256'; kid = '1' }, $Claims | ForEach-Object { ConvertTo-Base64Url ([Text.Encoding]::UTF8.GetBytes(($_ | ConvertTo-Json -Compress))) }
                $signature = $key.SignData([Text.Encoding]::ASCII.GetBytes($parts -join '.'), 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
                $parts + (ConvertTo-Base64Url $signature) -join '.'
            }
        }

        It 'take what the issuer signed for this service' {
            $path = Join-Path $store jwks.json
            Set-Content $path $jwks
            $server = Start-MailServer @start -TokenKeyPath $path -TokenIssuer https://issuer.example -TokenAudience mail -TokenClaim upn
            $claims = @{ iss = 'https://issuer.example'; aud = 'mail'; exp = [DateTimeOffset]::UtcNow.AddHours(1).ToUnixTimeSeconds(); upn = 'joe@example.com' }
            (Send-Test $server @{ Credential = New-Login joe@example.com (New-Token $claims); AuthMechanism = 'OAUTHBEARER' }).Accepted | Should -BeTrue
            Read-Test $server @{ Credential = New-Login joe@example.com (New-Token $claims); AuthMechanism = 'OAUTHBEARER' } | Should -Be ('OAUTHBEARER', 'OAUTHBEARER')
            $claims.exp = [DateTimeOffset]::UtcNow.AddHours(-1).ToUnixTimeSeconds()
            $expired = New-Token $claims
            $failed = { Read-Test $server @{ Credential = New-Login joe@example.com $expired; AuthMechanism = 'OAUTHBEARER'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'AuthenticationFailed,*' -ExpectedMessage '*invalid_token*' -PassThru
            "$($failed.Exception)" | Should -Not -BeLike "*$expired*"
            $claims.aud = 'other'
            { Send-Test $server @{ Credential = New-Login joe@example.com (New-Token $claims); AuthMechanism = 'OAUTHBEARER'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        }

        It 'say what is wrong with <With>' -ForEach @(
            @{ With = 'keys without an issuer'; Options = @{ TokenKeyPath = 'jwks.json'; TokenAudience = 'mail' }; Message = '*-TokenIssuer: There is no issuer*' }
            @{ With = 'keys without an audience'; Options = @{ TokenKeyPath = 'jwks.json'; TokenIssuer = 'x' }; Message = '*-TokenAudience: There is no audience*' }
            @{ With = 'a file that is not there'; Options = @{ TokenKeyPath = 'none.json'; TokenIssuer = 'x'; TokenAudience = 'mail' }; Message = '*-TokenKeyPath: the keys in*none.json*' }
            @{ With = 'a file that is no JWKS'; Options = @{ TokenKeyPath = 'users'; TokenIssuer = 'x'; TokenAudience = 'mail' }; Message = '*-TokenKeyPath:*not JSON*' }
            @{ With = 'an issuer without keys'; Options = @{ TokenIssuer = 'x' }; Message = '*-TokenIssuer: there are no keys*' }
            @{ With = 'keys and a script'; Options = @{ TokenKeyPath = 'jwks.json'; TokenValidator = { } }; Message = '*-TokenKeyPath: it goes with*' }
            @{ With = 'a time without a script'; Options = @{ TokenTimeoutSeconds = 3 }; Message = '*-TokenTimeoutSeconds:*' }
            @{ With = 'a fingerprint that is none'; Options = @{ ClientCertificateAccount = @{ abc = 'joe@example.com' } }; Message = '*-ClientCertificateAccount:*not a SHA-256 fingerprint*' }
            @{ With = 'an authority that is no certificate'; Options = @{ ClientCertificateAuthority = 'users' }; Message = '*-ClientCertificateAuthority:*' }
            @{ With = 'a naming without an authority'; Options = @{ ClientCertificateNaming = 'CommonName' }; Message = '*-ClientCertificateNaming:*' }
        ) {
            Set-Content (Join-Path $store jwks.json) $jwks
            Push-Location $store
            try { { Start-MailServer @start @Options } | Should -Throw -ErrorId 'InvalidServerOptions,*' -ExpectedMessage $Message }
            finally { Pop-Location }
            Get-MailServer | Should -BeNullOrEmpty
        }
    }

    It 'take a client''s certificate, by its authority or by its fingerprint' {
        $authorityKey = [Security.Cryptography.ECDsa]::Create()
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=Staff', $authorityKey, 'SHA256')
        $request.CertificateExtensions.Add([Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]::new($true, $false, 0, $true))
        $authority = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(9))
        $pem = Join-Path $store ca.pem
        Set-Content $pem $authority.ExportCertificatePem()

        $key = [Security.Cryptography.ECDsa]::Create()
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=joe', $key, 'SHA256')
        $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
        $names.AddEmailAddress('joe@example.com')
        $request.CertificateExtensions.Add($names.Build($false))
        $signed = $request.Create($authority, [DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(8), [byte[]](1, 2, 3))
        $certificate = [Security.Cryptography.X509Certificates.RSACertificateExtensions].Assembly.GetType('System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions')::CopyWithPrivateKey($signed, $key)

        $server = Start-MailServer @start -ClientCertificateAuthority $pem
        (Send-Test $server @{ ClientCertificate = $certificate }).AuthMechanism | Should -Be 'EXTERNAL'
        { Send-Test $server @{ AuthMechanism = 'EXTERNAL'; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'AuthenticationFailed,*'
        Read-Test $server @{ ClientCertificate = $certificate } | Should -Be ('EXTERNAL', 'EXTERNAL')
        Read-Test $server @{ ClientCertificate = $certificate; Credential = New-Login joe@example.com 'one two' } | Should -Be ('SCRAM-SHA-256', 'SCRAM-SHA-256')
        { Read-Test $server @{ ClientCertificate = $authority; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'AuthenticationNotOffered,*' -ExpectedMessage '*does not offer EXTERNAL*does not believe this one*'
        Stop-MailServer $server.Id -TimeoutSeconds 0

        $server = Start-MailServer @start -ClientCertificateAccount @{ $certificate.GetCertHashString('SHA256') = 'joe@example.com' }
        (Send-Test $server @{ ClientCertificate = $certificate; AuthMechanism = 'EXTERNAL' }).AuthMechanism | Should -Be 'EXTERNAL'
    }

    It 'complete their mechanism for <Name>' -ForEach @(@{ Name = 'Get-Pop3Message' }, @{ Name = 'Get-ImapMessage' }) {
        $line = "$Name x -AuthMechanism OA"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'OAUTHBEARER'
        $line = "$Name x -AuthMechanism N"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'NTLM'
    }
}
