# Save- and Remove-Pop3Message, and Get-Pop3Message with a file that remembers, in real PowerShell against the module's own server.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $server = Start-MailServer -StorePath $store -Capture -SmtpPort 0 -Pop3Port 0 -Pop3TlsPort 0
    $password = ConvertTo-SecureString 'summersun' -AsPlainText -Force

    function Send-Message([string[]] $Subject) {
        $Subject | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To $address -Body "From: ann@example.org`nSubject: $_`n`n.dot`nbody $_" }
    }
}

AfterAll {
    $server | Stop-MailServer
    Remove-TestFolder $store
}

Describe 'POP3 messages' {
    BeforeEach {
        # A mailbox and a folder of its own for each test, with three messages.
        $address = "$([guid]::NewGuid().ToString('n'))@example.com"
        $login = @{ Credential = [pscredential]::new($address, $password); SkipCertificateCheck = $true; WarningAction = 'SilentlyContinue' }
        $folder = New-TestFolder
        $mail = Join-Path $folder mail
        $state = Join-Path $folder state
        Send-Message 'number 1', 'number 2', 'number 3'
    }

    AfterEach { Remove-TestFolder $folder }

    Context 'Save-Pop3Message' {
        It 'saves each as a file with its octets, and what is new the next time' {
            $saved = @($server | Save-Pop3Message -Path $mail @login -StatePath $state)
            $saved | Should -HaveCount 3
            $saved[0] | Should -BeOfType MailOps.Client.Mailboxes.Saving.SavedPop3Message
            $saved.Subject | Should -Be ('number 1', 'number 2', 'number 3')
            $saved.WasThere | Should -Not -Contain $true
            $read = @($server | Get-Pop3Message @login)
            0..2 | ForEach-Object {
                [Convert]::ToHexString([IO.File]::ReadAllBytes($saved[$_].Path)) | Should -Be ([Convert]::ToHexString($read[$_].Raw))
                [Convert]::ToHexString($saved[$_].Raw) | Should -Be ([Convert]::ToHexString($read[$_].Raw))
                $saved[$_].Uidl | Should -Be $read[$_].Uidl
            }

            $saved | Get-Item | Should -HaveCount 3
            Send-Message 'number 4'
            ($server | Save-Pop3Message -Path $mail @login -StatePath $state).Subject | Should -Be 'number 4'
            $server | Save-Pop3Message -Path $mail @login -StatePath $state | Should -BeNullOrEmpty
            Get-ChildItem $mail | Should -HaveCount 4
            Get-ChildItem $folder -Name | Should -Be ('mail', 'state', 'state.lock')
            Get-Content $state -Raw | Should -Not -Match 'summersun'
        }

        It 'without a file that remembers finds that the files are there' {
            $null = $server | Save-Pop3Message -Path $mail @login
            ($server | Save-Pop3Message -Path $mail @login).WasThere | Should -Be ($true, $true, $true)
            Get-ChildItem $mail | Should -HaveCount 3
        }

        It 'removes what is saved, at once or after days' {
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -First 2 -Remove | Should -HaveCount 2
            ($server | Get-Pop3Message @login).Subject | Should -Be 'number 3'
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -RemoveAfterDays 3 | Should -HaveCount 1
            $server | Get-Pop3Message @login | Should -HaveCount 1
            # Three days later.
            (Get-Content $state) -replace '^(\d+) \d{4}-\d\d-\d\d', '$1 2020-01-01' | Set-Content $state
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -RemoveAfterDays 3 | Should -BeNullOrEmpty
            $server | Get-Pop3Message @login | Should -BeNullOrEmpty
            Get-Content $state | Should -HaveCount 2
        }

        It 'removes what an earlier run saved and left' {
            $null = $server | Save-Pop3Message -Path $mail @login -StatePath $state
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -Remove | Should -BeNullOrEmpty
            $server | Get-Pop3Message @login | Should -BeNullOrEmpty
            Get-ChildItem $mail | Should -HaveCount 3
        }

        It 'loses nothing where the pipeline has enough early' {
            # How far it is by then only the machine knows.
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -Remove | Select-Object -First 1 | Should -HaveCount 1
            $left = @($server | Get-Pop3Message @login).Count
            $left + @(Get-ChildItem $mail).Count | Should -BeGreaterOrEqual 3
            $null = $server | Save-Pop3Message -Path $mail @login -StatePath $state -Remove
            $server | Get-Pop3Message @login | Should -BeNullOrEmpty
            Get-ChildItem $mail | Should -HaveCount 3
        }

        It 'only says what it would do under -WhatIf, and makes nothing' {
            $server | Save-Pop3Message -Path $mail @login -StatePath $state -Remove -WhatIf | Should -BeNullOrEmpty
            Get-ChildItem $folder | Should -BeNullOrEmpty
            $WhatIfPreference = $true
            $server | Save-Pop3Message -Path $mail @login -StatePath $state | Should -BeNullOrEmpty
            Get-ChildItem $folder | Should -BeNullOrEmpty
            $WhatIfPreference = $false
            $server | Get-Pop3Message @login | Should -HaveCount 3
        }

        It 'saves into a folder of a Maildir, where they are new' {
            $saved = @($server | Save-Pop3Message -Path $mail -Maildir -Folder Archive/2026 @login -StatePath $state)
            $saved.MaildirUid | Should -Be (1, 2, 3)
            $found = Get-MaildirMessage $mail -Folder Archive/2026
            $found.Subject | Should -Be ('number 1', 'number 2', 'number 3')
            $found.Flags | Should -BeNullOrEmpty
            $read = @($server | Get-Pop3Message @login)
            [Convert]::ToHexString($found[1].Raw) | Should -Be ([Convert]::ToHexString($read[1].Raw))
        }

        It 'works in a session, selects by unique id and size' {
            $session = $server | New-MailSession -Protocol Pop3 @login
            $uidl = ($session | Get-Pop3Message -HeadersOnly)[1].Uidl
            ($session | Save-Pop3Message -Path $mail -Uidl $uidl, 'no-such-id').Subject | Should -Be 'number 2'
            $session | Save-Pop3Message -Path $mail -SmallerThan 10 | Should -BeNullOrEmpty
            $session | Remove-MailSession
        }

        It 'is for one command at a time and account, and for many accounts at once' {
            # Get-Pop3Message goes on when the pipeline has taken a message, and not before.
            $hold = $server | Get-Pop3Message @login -StatePath $state | ForEach-Object {
                $server | Save-Pop3Message -Path $mail @login -StatePath $state -ErrorVariable failed -ErrorAction SilentlyContinue
                $failed[0].FullyQualifiedErrorId
            }
            $hold | Should -Be (@('StateInUse,MailOps.Cmdlets.Pop3.SavePop3MessageCommand') * 3)
            $others = 1..4 | ForEach-Object { "o$_$address" }
            $others | ForEach-Object { $null = $server | Send-RawSmtp -From a@example.org -To $_ -Subject $_ -Body x }
            $manifest = Get-ProjectPath out MailOps MailOps.psd1
            $port = $server.Pop3Port
            $others | ForEach-Object -ThrottleLimit 4 -Parallel {
                Import-Module $using:manifest
                Save-Pop3Message 127.0.0.1 -Path (Join-Path $using:folder $_) -Port $using:port -Tls None -Credential ([pscredential]::new($_, $using:password)) -StatePath $using:state
            } | Should -HaveCount 4
            Get-Content $state | Where-Object { $_ -like 'account *' } | Should -HaveCount 5
        }

        It 'is in use where another session has the maildrop' {
            $null = $server | Get-Pop3Message @login | ForEach-Object {
                $server | Save-Pop3Message -Path $mail @login -ErrorVariable failed -ErrorAction SilentlyContinue
                $failed[0].FullyQualifiedErrorId | Should -BeLike 'MailboxInUse,*'
                "$($failed[0])" | Should -BeLike '*IN-USE*open in another session*'
            }
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'a file that is something else'; Arguments = { @{ StatePath = (New-Item (Join-Path $folder other) -Value "From: x`n").FullName } }; Id = 'NotAState' }
            @{ What = 'a damaged file'; Arguments = { @{ StatePath = (New-Item (Join-Path $folder other) -Value "MailOps POP3 state 1`nnonsense`n").FullName } }; Id = 'StateDamaged' }
            @{ What = 'a file of a newer version'; Arguments = { @{ StatePath = (New-Item (Join-Path $folder other) -Value "MailOps POP3 state 7`n").FullName } }; Id = 'StateTooNew' }
            @{ What = 'a file in no folder'; Arguments = { @{ StatePath = Join-Path $folder no such } }; Id = 'PathNotFound' }
            @{ What = 'days without a file'; Arguments = { @{ RemoveAfterDays = 3 } }; Id = 'InvalidArgument' }
            @{ What = 'days and at once'; Arguments = { @{ RemoveAfterDays = 3; Remove = $true; StatePath = $state } }; Id = 'InvalidArgument' }
            @{ What = 'a folder without a Maildir'; Arguments = { @{ Folder = 'Archive' } }; Id = 'InvalidArgument' }
        ) {
            $more = & $Arguments
            { $server | Save-Pop3Message -Path $mail @login @more -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
            Get-ChildItem $folder -Filter mail | Should -BeNullOrEmpty
        }

        It 'takes a folder that cannot be made for an error' {
            $null = New-Item (Join-Path $folder file)
            { $server | Save-Pop3Message -Path (Join-Path $folder file mail) @login -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,*'
        }
    }

    Context 'Get-Pop3Message -StatePath' {
        It 'reads what is new, and shares what it remembers with Save-Pop3Message' {
            ($server | Get-Pop3Message @login -StatePath $state -First 2).Number | Should -Be (1, 2)
            ($server | Save-Pop3Message -Path $mail @login -StatePath $state).Subject | Should -Be 'number 3'
            $server | Get-Pop3Message @login -StatePath $state | Should -BeNullOrEmpty
        }

        It 'remembers what the pipeline has taken, and not what it failed at' {
            { $server | Get-Pop3Message @login -StatePath $state | ForEach-Object { if ($_.Number -eq 2) { throw 'disk full' } } } | Should -Throw 'disk full'
            ($server | Get-Pop3Message @login -StatePath $state).Number | Should -Be (2, 3)
        }

        It 'remembers nothing under -WhatIf' {
            $server | Get-Pop3Message @login -StatePath $state -WhatIf | Should -HaveCount 3
            Test-Path $state | Should -BeFalse
        }
    }

    Context 'Remove-Pop3Message' {
        It 'removes what comes down the pipeline, in one session' {
            $server | Get-Pop3Message @login -HeadersOnly | Where-Object Number -NE 2 | Remove-Pop3Message $server.Server -Port $server.Pop3Port -Confirm:$false @login
            ($server | Get-Pop3Message @login).Subject | Should -Be 'number 2'
        }

        It 'removes by unique id, and tells of those that are not there' {
            $uidl = ($server | Get-Pop3Message @login -HeadersOnly)[0].Uidl
            $server | Remove-Pop3Message @login -Uidl 'no-such-id', $uidl -Confirm:$false -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'MessageNotFound,*'
            $failed[0].TargetObject | Should -Be 'no-such-id'
            ($server | Get-Pop3Message @login).Subject | Should -Be ('number 2', 'number 3')
        }

        It 'removes by age, of the arrival' {
            $messages = @($server | Get-Pop3Message @login -HeadersOnly)
            $messages[0].Arrived | Should -BeGreaterThan ([DateTimeOffset]::Now.AddMinutes(-5))
            $server | Remove-Pop3Message @login -Before (Get-Date).AddDays(-1) -Confirm:$false
            $server | Get-Pop3Message @login | Should -HaveCount 3
            $server | Remove-Pop3Message @login -Before (Get-Date).AddDays(1) -Uidl $messages[1].Uidl -Confirm:$false
            ($server | Get-Pop3Message @login).Subject | Should -Be ('number 1', 'number 3')
            $server | New-MailSession -Protocol Pop3 @login -OutVariable session | Remove-Pop3Message -Before (Get-Date).AddDays(1) -Confirm:$false
            $session | Remove-MailSession
            $server | Get-Pop3Message @login | Should -BeNullOrEmpty
        }

        It 'removes nothing under -WhatIf, and nothing where nothing is named' {
            $server | Get-Pop3Message @login -HeadersOnly | Remove-Pop3Message $server.Server -Port $server.Pop3Port @login -WhatIf
            { $server | Remove-Pop3Message @login -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
            $server | Get-Pop3Message @login | Should -HaveCount 3
        }
    }
}
