#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# SpamAssassin as a long-lived process: the length of a message on a line and the message in, the names of
# the SPF rules that it hits on a line out. The first argument: more lines of its configuration. It has no DNS: what it knows, it read in a header.
use strict;
use warnings;
use Mail::SpamAssassin;

my @results = qw(pass neutral none fail softfail permerror temperror);
my $config = join('', map { "loadplugin Mail::SpamAssassin::Plugin::$_\n" } qw(Check SPF))
    . "util_rb_tld example\ndns_available no\nuse_bayes 0\n"
    . "clear_trusted_networks\ntrusted_networks 198.51.100.1\nclear_internal_networks\n"
    . "internal_networks 198.51.100.1\n";
for my $result (@results) {
    my $name = uc $result;
    $config .= "header SPF_$name eval:check_for_spf_$result()\nscore SPF_$name 1\n"
        . "header SPF_HELO_$name eval:check_for_spf_helo_$result()\nscore SPF_HELO_$name 1\n";
}
$config .= $ARGV[0] // '';
my $spamassassin = Mail::SpamAssassin->new({
    config_text => $config, local_tests_only => 0, dont_copy_prefs => 1, userprefs_filename => '/dev/null'});
$spamassassin->compile_now(0);

$| = 1;
binmode STDIN;
while (my $length = <STDIN>) {
    my $text = '';
    read(STDIN, $text, $length) == $length or die "a message was cut\n";
    my $mail = $spamassassin->parse($text, 1);
    my $status = $spamassassin->check($mail);
    print join(' ', sort grep { /^SPF_/ } split /,/, $status->get_names_of_tests_hit()), "\n";
    $status->finish();
    $mail->finish();
}
