# PowerShell completion of klog. Put `klog completion powershell | Out-String | Invoke-Expression` into $PROFILE.
Register-ArgumentCompleter -Native -CommandName klog -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  # An empty argument is lost on its way to a program before PowerShell 7.3; a pair of quotes arrives.
  $current = if ($wordToComplete) { $wordToComplete } else { "''" }
  $kind, $lines = @(klog __complete powershell -- @words $current 2>$null)
  if ($kind -eq 'files') { return }
  foreach ($line in $lines) {
    $text, $name, $help = $line -split "`t", 3
    if (-not $help) { $help = $name }
    [System.Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $help)
  }
}
