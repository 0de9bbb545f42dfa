<#
.SYNOPSIS
Import-Module MailOps, cold: milliseconds by Stopwatch in a new pwsh, beside an empty manifest, in the same run.
.DESCRIPTION
Each measurement is a process of its own; the two take turns. Medians and their ratio. The target is below 150 ms and at
most 2.5 times the empty manifest.
#>
param(
    [string] $Module = "$PSScriptRoot/../out/MailOps",
    [int] $Runs = 11
)
Import-Module "$PSScriptRoot/../tests/Pester/Support.psm1"

$folder = [IO.Directory]::CreateTempSubdirectory('mailops-bench-').FullName
try {
    $empty = Join-Path $folder Empty.psd1
    Set-Content -LiteralPath $empty -Value "@{ ModuleVersion = '1.0'; GUID = '$([guid]::NewGuid())'; CmdletsToExport = @(); FunctionsToExport = @(); AliasesToExport = @(); VariablesToExport = @() }"
    $manifests = [ordered]@{ 'an empty manifest' = $empty; 'MailOps' = (Resolve-Path -LiteralPath $Module).ProviderPath + '/MailOps.psd1' }
    $times = @{ 'an empty manifest' = [Collections.Generic.List[double]]::new(); 'MailOps' = [Collections.Generic.List[double]]::new() }

    # The first round brings the files into the system's cache and is not counted.
    foreach ($run in 0..$Runs) {
        foreach ($name in $manifests.Keys) {
            $text = Invoke-Pwsh "`$w = [Diagnostics.Stopwatch]::StartNew(); Import-Module '$($manifests[$name])'; `$w.Stop(); `$w.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
            if ($run -gt 0) {
                $times[$name].Add([double]::Parse(@($text)[-1], [cultureinfo]::InvariantCulture))
            }
        }
    }
}
finally {
    Remove-Item -LiteralPath $folder -Recurse -Force
}

$median = @{}
foreach ($name in $manifests.Keys) {
    $sorted = @($times[$name] | Sort-Object)
    $median[$name] = $sorted[[math]::Floor($sorted.Count / 2)]
}

foreach ($name in 'MailOps', 'an empty manifest') {
    [pscustomobject]@{ Figure = 'Import-Module, cold'; Server = $name; Median = [math]::Round($median[$name], 1); Unit = 'ms'; 'MailOps is' = $name -eq 'MailOps' ? '' : '{0:n2} x' -f ($median['MailOps'] / $median[$name]); Runs = $Runs }
}
