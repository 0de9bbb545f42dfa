# How cmdlets take the address of a mailbox: as a string, checked when it is bound and completed as it is typed.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps -TestCmdlets
    $folder = New-TestFolder
    $null = New-Item -ItemType Directory -Path (Join-Path $folder Maildir), (Join-Path $folder "Ann's old mail")
    Set-Content -LiteralPath (Join-Path $folder archive.mbox) -Value ''

    function Complete([string] $Word) {
        $line = "Resolve-TestMailbox -Mailbox $Word"
        (TabExpansion2 $line $line.Length).CompletionMatches
    }
}

AfterAll {
    Remove-TestFolder $folder
}

Describe 'The address of a mailbox' {
    It 'is taken as it is for a server' {
        Resolve-TestMailbox imaps://ann@example.com@Mail.Example.com, 'imap+plain://ann@[::1]:10143' |
            Should -Be 'imaps://ann%40example.com@mail.example.com/', 'imap+plain://ann@[::1]:10143/'
    }

    It 'has the full path of files, from where the session is' {
        Push-Location $folder
        try {
            Resolve-TestMailbox maildir:Maildir/ | Should -Be "maildir:$(Join-Path $folder Maildir)"
            Resolve-TestMailbox 'eml:../not there' | Should -Be "eml:$(Join-Path (Split-Path $folder) 'not there')"
        }
        finally {
            Pop-Location
        }

        Resolve-TestMailbox mbox:~/mail | Should -Be "mbox:$(Join-Path $HOME mail)"
    }

    It 'may be on a drive of the session' {
        $null = New-PSDrive -Name Mail -PSProvider FileSystem -Root $folder -Scope Global
        try {
            Resolve-TestMailbox mbox:Mail:/archive.mbox | Should -Be "mbox:$(Join-Path $folder archive.mbox)"
        }
        finally {
            Remove-PSDrive Mail -Scope Global
        }
    }

    It 'says what to write instead of <Text>' -ForEach @(
        @{ Text = 'ann@example.com'; Said = '*The address does not say how the mailbox is reached. Write imaps://ann@example.com/, or another of: imaps://, *' }
        @{ Text = '/var/mail'; Said = "*'/var/mail' is a path, and does not say what is there. Write maildir:/var/mail, mbox:/var/mail or eml:/var/mail.*" }
        @{ Text = 'imaps://example.com/INBOX'; Said = "*leave 'INBOX' out of it, and choose folders with -Include.*" }
    ) {
        { Resolve-TestMailbox $Text } | Should -Throw -ExpectedMessage "Cannot validate argument on parameter 'Mailbox'.$Said" -ErrorId 'ParameterArgumentValidationError,MailOps.TestCmdlets.ResolveTestMailboxCommand'
    }

    It 'repeats no password' {
        $said = { Resolve-TestMailbox imaps://ann:secret@example.com/ } | Should -Throw -ExpectedMessage '*give the password with -FromCredential or -ToCredential.*' -PassThru
        $said.Exception.Message | Should -Not -BeLike '*secret*'
    }

    It 'that a row of a table has wrong does not stop the other rows' {
        $rows = 'imaps://a@example.com', 'b@example.com', 'imaps://c@example.com' | ForEach-Object { [pscustomobject]@{ Mailbox = $_ } }
        $rows | Resolve-TestMailbox -ErrorVariable wrong -ErrorAction SilentlyContinue | Should -Be 'imaps://a@example.com/', 'imaps://c@example.com/'
        $wrong | Should -HaveCount 1
        $wrong[0].Exception.Message | Should -BeLike '*imaps://b@example.com/*'
    }

    It 'is none where the path is in no file system' {
        Resolve-TestMailbox maildir:Env:/PATH -ErrorVariable wrong -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $wrong[0].FullyQualifiedErrorId | Should -BeLike 'InvalidMailboxLocation,*'
        $wrong[0].Exception.Message | Should -Be "maildir:Env:/PATH is a path of PowerShell's provider Environment. Name one of the file system."
    }

    It 'is none on a drive that is not there' {
        Resolve-TestMailbox maildir:nosuch:/mail -ErrorVariable wrong -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $wrong[0].FullyQualifiedErrorId | Should -BeLike 'DriveNotFound,*'
    }
}

Describe 'Completion' {
    It 'offers what an address can begin with after "<Word>"' -ForEach @(
        @{ Word = ''; Expected = 'imaps://', 'imap://', 'imap+plain://', 'pop3s://', 'pop3://', 'pop3+plain://', 'maildir:', 'mbox:', 'eml:' }
        @{ Word = 'IMAP'; Expected = 'imaps://', 'imap://', 'imap+plain://' }
        @{ Word = 'm'; Expected = 'maildir:', 'mbox:' }
    ) {
        (Complete $Word).CompletionText | Should -Be $Expected
    }

    It 'says what each means' {
        (Complete imap:).ToolTip | Should -Be 'IMAP with STARTTLS, which the server must offer'
    }

    It 'offers folders after maildir:, and files too after mbox: and eml:' {
        Push-Location $folder
        try {
            (Complete maildir:).ListItemText | Should -Be "Ann's old mail", 'Maildir'
            (Complete mbox:).ListItemText | Should -Be "Ann's old mail", 'archive.mbox', 'Maildir'
            (Complete eml:arch).CompletionText | Should -Be "eml:$(Join-Path . archive.mbox)"
            (Complete maildir:Mai).CompletionText | Should -Be "maildir:$(Join-Path . Maildir)"
            (Complete maildir:Ann).CompletionText | Should -Be "'maildir:$(Join-Path . "Ann''s old mail")'"
            (Complete "'maildir:Ann").CompletionText | Should -Be "'maildir:$(Join-Path . "Ann''s old mail")'"
        }
        finally {
            Pop-Location
        }

        (Complete "mbox:$folder/arch").CompletionText | Should -Be "mbox:$(Join-Path $folder archive.mbox)"
    }
}
