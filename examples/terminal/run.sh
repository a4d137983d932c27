#!/bin/sh
# An afternoon with a file of which nothing is known but its name: questions in the terminal, one line each.
# usage: run.sh [OUT]    (default: ./terminal; kith in PATH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-terminal}
mkdir -p "$out/raw"
cd "$out"
cc -O2 -std=c17 "$here/../campaign/generate.c" -o generate -lm
./generate raw 2000
gzip -cn raw/shop.tsv >from_sales.dat # what came by mail
ask() { # QUESTION COMMAND: shows the command, runs it
    printf '\n# %s\n$ %s\n' "$1" "$2"
    eval "$2" 2>&1
}

ask 'What is this?' \
    'kith ingest read --explain from_sales.dat | kith report view'
ask 'What do its columns hold, and in which order are its days and months?' \
    'kith ingest schema from_sales.dat -o sales.schema; kith report view -s column,type,required,values,transform sales.schema'
ask 'So read it by that, and lose nothing in silence' \
    'kith ingest read -q --schema sales.schema --account account.csv --rejects rejects.csv from_sales.dat -o sales.csv; kith report view account.csv; head -n 3 sales.csv'
ask 'How full, how many, from when to when, how much?' \
    'kith ingest profile sales.csv -o profile.csv; kith report view -s column,type,missing,distinct,min,p50,max,kind profile.csv'
ask 'What sells?' \
    'kith report table -g Product -a "orders=count,buyers=distinct({Customer e-mail}),revenue=sum(Paid),middle=p50(Paid)" sales.csv | kith ingest sort -k -revenue -o products.csv; kith report view products.csv'
ask 'Month by month?' \
    'kith segment derive -e "month = substr(Placed, 1, 7)" sales.csv | kith report table -g month -a "revenue=sum(Paid)" -o months.csv; kith report plot --width 72 months.csv'
ask 'And how large are the orders?' \
    'kith report plot --width 72 --kind histogram --x Paid sales.csv'
ask 'Who bought matcha in the morning, five times or more?' \
    'kith segment where "Product == \"matcha\" and hour(Placed) < 12 and not missing({Customer e-mail})" sales.csv | kith report table -g "Customer e-mail" -a "orders=count,spent=sum(Paid)" | kith segment where "orders >= 5" | kith ingest sort -k -spent -o matcha.csv; kith report view matcha.csv'
ask 'A slip of the finger' \
    'kith segment where "Prodct == \"matcha\"" sales.csv -o none.csv || echo "(status $?)"'
ask 'How many of the orders come without an address, and are they smaller?' \
    'kith segment derive -e "address = if(missing({Customer e-mail}), \"none\", \"known\")" sales.csv | kith report table -g address -a "orders=count,mean=mean(Paid),middle=p50(Paid)" -o address.csv; kith report view address.csv'
