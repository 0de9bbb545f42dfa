<#
.SYNOPSIS
    Looks after Maildirs: what is in them, an archive by year, and a check with a repair.
.DESCRIPTION
    Without a path the script works on a Maildir that it makes and takes away again.
.EXAMPLE
    ./Maildirs.ps1 ~/Maildir -OlderThanDays 365 -WhatIf
    Shows what would be archived and repaired in a Maildir of one's own.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $Path,
    [int] $OlderThanDays = 365
)

$ErrorActionPreference = 'Stop'
$built = Join-Path $PSScriptRoot .. out MailOps MailOps.psd1
if (-not (Get-Module MailOps)) {
    Import-Module ((Test-Path $built) ? $built : 'MailOps')
}

$demo = -not $Path
if ($demo) {
    $Path = Join-Path ([IO.Path]::GetTempPath()) "mailops-$([guid]::NewGuid().ToString('n'))"
    foreach ($years in 0..3) {
        "From: ann@example.com`nSubject: Report, $years years old`n`nText`n" |
            Add-MaildirMessage $Path -Create -Flag Seen -Date (Get-Date).AddYears(-$years) | Out-Null
    }
}

try {
    # Looking changes nothing, so a mail server may use the Maildir meanwhile.
    Get-Maildir $Path | Format-Table | Out-String -Width 120

    # What is read and old goes to Archive/YEAR. A message is in one of the two folders at every moment.
    Get-MaildirMessage $Path -Flag Seen -NotFlag Flagged -Before (Get-Date).AddDays(1 - $OlderThanDays) |
        Group-Object { $_.InternalDate.Year } |
        ForEach-Object { $_.Group | Move-MaildirMessage -Destination "Archive/$($_.Name)" -CreateFolder }

    Get-Maildir $Path -Folder Archive* | Sort-Object Folder | Format-Table Folder, ItemsInFolder, FolderSize | Out-String -Width 120

    # Each damage is a finding. A repair says what it did, and what it took out lies in mailops-lostfound.
    $report = Test-Maildir $Path
    "$($report.Verdict): $($report.Messages) messages in $($report.Folders) folders"
    if ("$($report.Verdict)" -ne 'Pass') {
        $report.Findings | Where-Object Status -NE Pass | Format-Table Status, Check, Message -Wrap | Out-String -Width 120
        $report | Repair-Maildir | Format-Table IsDone, Check, Message -Wrap | Out-String -Width 120
    }
}
finally {
    if ($demo) {
        Remove-Item -LiteralPath $Path -Recurse -Force -WhatIf:$false -Confirm:$false
    }
}
