# Messages in files in real PowerShell: Import- and Export-MimeMessage.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot Support.psm1)
    Import-MailOps
    $store = New-TestFolder
    $texts = "From: a@example.org`r`nSubject: one`r`nDate: Mon, 30 Nov 2026 10:00:00 +0100`r`n`r`nFrom the start`r`n>From there`r`n", "From: b@example.org`r`nSubject: ../two`r`n`r`nsecond`r`n"

    function Get-Octets($Message) { [Text.Encoding]::Latin1.GetString($Message.Raw) }
}

AfterAll {
    Remove-TestFolder $store
}

Describe 'Import- and Export-MimeMessage' {
    It 'gives back from <Format> <Dialect> what was put in' -ForEach @(
        @{ Format = 'Eml'; Dialect = 'Mboxrd'; Lines = "`r`n" }
        @{ Format = 'Mbox'; Dialect = 'Mboxrd'; Lines = "`n" }
        @{ Format = 'Mbox'; Dialect = 'Mboxcl2'; Lines = "`n" }
        @{ Format = 'Maildir'; Dialect = 'Mboxrd'; Lines = "`r`n" }
        @{ Format = 'Mh'; Dialect = 'Mboxrd'; Lines = "`n" }
    ) {
        $path = Join-Path $store "$Format-$Dialect"
        $files = $texts | Export-MimeMessage $path -Format $Format -Dialect $Dialect -PassThru
        $files | ForEach-Object { $_ | Should -BeOfType IO.FileInfo; $_ | Should -Exist }
        @($files) | Should -HaveCount ($Format -eq 'Mbox' ? 1 : 2)
        $read = @(Import-MimeMessage $path)
        ($read | ForEach-Object { (Get-Octets $_) } | Sort-Object) | Should -Be ($texts.Replace("`r`n", $Lines) | Sort-Object)
        ($read | Where-Object Subject -EQ one).Message.From.ToString() | Should -Be a@example.org
    }

    It 'takes flags and dates from one kind to the next' {
        $maildir = Join-Path $store flags
        $null = $texts[0] | Add-MaildirMessage $maildir -Create -Flag Seen, Flagged, work -Date 2026-01-02T03:04:05Z
        Get-MaildirMessage $maildir | Export-MimeMessage (Join-Path $store flags.mbox)
        $fromMbox = Import-MimeMessage (Join-Path $store flags.mbox)
        $fromMbox.Flags | Should -Be \Flagged, \Seen, work
        $fromMbox.InternalDate | Should -Be ([DateTimeOffset]'2026-01-02T03:04:05Z')
        $fromMbox | Export-MimeMessage (Join-Path $store flags.mh) -Format Mh
        $fromMh = Import-MimeMessage (Join-Path $store flags.mh)
        $fromMh.Flags | Should -Be \Seen, \Flagged, work
        $fromMh | Export-MimeMessage (Join-Path $store flags2) -Format Maildir
        $back = Get-MaildirMessage (Join-Path $store flags2)
        $back.Flags | Sort-Object | Should -Be (Get-MaildirMessage $maildir | ForEach-Object Flags | Sort-Object)
        $back.InternalDate.UtcDateTime | Should -Be ([datetime]::new(2026, 1, 2, 3, 4, 5))
    }

    It 'knows formats by what is there and by names' {
        $texts[0] | Export-MimeMessage (Join-Path $store kinds.mbox)
        (Import-MimeMessage (Join-Path $store kinds.mbox)).Format | Should -Be Mbox
        $texts[0] | Export-MimeMessage (Join-Path $store kinds.eml)
        (Import-MimeMessage (Join-Path $store kinds.eml)).Format | Should -Be Eml
        Get-ChildItem $store -File -Filter kinds.* | Import-MimeMessage | Should -HaveCount 2
    }

    It 'writes over nothing unless it is told to' {
        $path = Join-Path $store once.mbox
        $texts[0] | Export-MimeMessage $path
        { $texts[1] | Export-MimeMessage $path -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        $texts[1] | Export-MimeMessage $path -Append
        (Import-MimeMessage $path).Subject | Should -Be one, ../two
        $texts[1] | Export-MimeMessage $path -Force
        (Import-MimeMessage $path).Subject | Should -Be ../two
        { $texts[1] | Export-MimeMessage $path -Force -Append } | Should -Throw -ErrorId 'InvalidArgument,*'
        { $texts[1] | Export-MimeMessage $path -Format Mh } | Should -Throw -ErrorId 'PathNotADirectory,*'
        { $texts[1] | Export-MimeMessage $store -Format Mbox } | Should -Throw -ErrorId 'PathIsADirectory,*'
        $texts[0] | Export-MimeMessage (Join-Path $store nothing.mbox) -WhatIf
        Join-Path $store nothing.mbox | Should -Not -Exist
        $folder = Join-Path $store twice
        1..2 | ForEach-Object { $texts[0] | Export-MimeMessage $folder }
        (Get-ChildItem $folder).Name | Sort-Object | Should -Be 'one (2).eml', 'one.eml'
    }

    It 'says of each that is no message, and goes on' {
        $folder = Join-Path $store bad
        $texts[0] | Export-MimeMessage $folder
        [IO.File]::WriteAllBytes((Join-Path $folder bad.eml), [byte[]](0, 1, 2, 255))
        (Import-MimeMessage $folder -ErrorVariable failed -ErrorAction SilentlyContinue).Subject | Should -Be one
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidFormat,*'
        'no header', $texts[0] | Export-MimeMessage (Join-Path $store some.mbox) -ErrorVariable failed -ErrorAction SilentlyContinue
        "$($failed[0])" | Should -BeLike 'Message 1 was not exported: The message has no header*'
        Import-MimeMessage (Join-Path $store some.mbox) | Should -HaveCount 1
        Import-MimeMessage (Join-Path $store nosuch) -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        Import-MimeMessage (Join-Path $folder one.eml) -Format Mbox -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidFormat,*'
    }

    It 'takes wildcards, and names with brackets as they are' {
        $folder = Join-Path $store 'wild[1]'
        $texts | Export-MimeMessage $folder
        $single = Join-Path $folder 'a[b].eml'
        Copy-Item -LiteralPath (Join-Path $folder one.eml) -Destination $single
        (Import-MimeMessage $single).Subject | Should -Be one
        (Import-MimeMessage -LiteralPath $single).Subject | Should -Be one
        (Get-MimePart $single).MediaType | Should -Be text/plain
        Push-Location -LiteralPath $folder
        try {
            (Import-MimeMessage o*.eml).Subject | Should -Be one
            (Import-MimeMessage *.eml) | Should -HaveCount 3
            Get-MimePart *.eml | Should -HaveCount 3
            "Subject: x`n`ny" | Add-MaildirMessage (Join-Path $store wildbox) -Create | Out-Null
            (Add-MaildirMessage (Join-Path $store wildbox) -File *.eml) | Should -HaveCount 3
        }
        finally { Pop-Location }
        Import-MimeMessage (Join-Path $store 'nosuch*.eml') -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
    }

    It 'exports what is made here, and what cannot be written is an error of each message' {
        New-MimeMessage -From a@example.org -To b@example.com -Subject made -Bcc c@example.com | Export-MimeMessage (Join-Path $store made.eml)
        (Import-MimeMessage (Join-Path $store made.eml)).Subject | Should -Be made
        $texts | Export-MimeMessage (Join-Path $store nofolder x.mbox) -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed | Should -HaveCount 2
        "$($failed[1])" | Should -BeLike "Message 2 was not exported:*"
    }
}
