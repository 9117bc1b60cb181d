#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Mail::SPF as a long-lived process: a line "scope<TAB>ip<TAB>helo<TAB>identity" in, "result<TAB>text" out.
# Arguments: the port of the DNS server on 127.0.0.1.
use strict;
use warnings;
use Error ':try';
use Mail::SPF;
use Net::DNS::Resolver;

$| = 1;
my $resolver = Net::DNS::Resolver->new(
    config_file => '/dev/null', nameservers => ['127.0.0.1'], port => $ARGV[0], recurse => 1,
    retry => 1, retrans => 2, udp_timeout => 5, tcp_timeout => 5, defnames => 0, dnsrch => 0,
    udppacketsize => 4096);
my $server = Mail::SPF::Server->new(dns_resolver => $resolver, hostname => 'unknown');

while (my $line = <STDIN>) {
    chomp $line;
    my ($scope, $ip, $helo, $identity) = split /\t/, $line, -1;
    my $result = eval {
        local $SIG{__WARN__} = sub { };
        local $SIG{ALRM} = sub { die "endless\n" };   # it loops on over-long names that begin with a dot
        alarm 2;
        my $request = Mail::SPF::Request->new(
            versions => [1], scope => $scope, identity => $identity, ip_address => $ip,
            helo_identity => $helo);
        my $found = $server->process($request);
        $found->code . "\t" . $found->text;
    };
    alarm 0;
    $result = "crash\t$@" if not defined $result;
    $result =~ s/[^\t -~]/?/g;
    print $result, "\n";
}
